import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import 'katex/dist/katex.min.css';
import ChapterLayout from './ChapterLayout.vue';
import FrontPage from './FrontPage.vue';
import PlotlyFigure from './PlotlyFigure.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: ChapterLayout,
  enhanceApp({ app }) {
    app.component('PlotlyFigure', PlotlyFigure);
    app.component('FrontPage', FrontPage);
  },
} satisfies Theme;
