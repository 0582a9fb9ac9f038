// What the type checker of the scripts, which does not read .vue files, has to know of them.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}

/** As much of plotly as the site calls. */
declare module 'plotly.js-cartesian-dist-min' {
  interface Figure {
    data: readonly object[];
    layout: object;
    frames?: readonly object[];
    config?: object;
  }
  const Plotly: {
    newPlot(element: HTMLElement, figure: Figure): Promise<void>;
    purge(element: HTMLElement): void;
  };
  export default Plotly;
}
