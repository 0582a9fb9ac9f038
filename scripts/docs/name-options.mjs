// @ts-check
// A plugin of TypeDoc. A parameter that is taken apart where it is declared has no name; here all of these are the
// options of a call, as the doc comments name them: `@param options.stride`.
import { Converter } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_PARAMETER, (_, parameter) => {
    if (parameter.name === '__namedParameters') parameter.name = 'options';
  });
}
