/** What API Extractor says of the library's entry points. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { root, scratch } from '../setup/paths.mjs';

const library = path.join(root, 'lib');
const folder = path.join(library, 'api');
const DIFFERENCE = 'console-api-report-diff';
const silent = { default: { logLevel: ExtractorLogLevel.None } };

/**
 * The entry points whose reports are others than those in lib/api, where they are written unless they are only checked.
 * @param entries by name; the library must be built
 */
export function changedReports(entries: readonly string[], check: boolean): string[] {
  mkdirSync(folder, { recursive: true });
  const configs = entries.map(configOf);
  const additionalEntryPoints = configs.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath);
  const compilerState = CompilerState.create(configs[0], { additionalEntryPoints });
  return entries.filter((_, i) => isOther(configs[i], compilerState, check));
}

function configOf(name: string): ExtractorConfig {
  const entry = name === 'index' ? 'index.d.ts' : path.join(name, 'index.d.ts');
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(library, 'package.json'),
    configObject: {
      projectFolder: library,
      mainEntryPointFilePath: path.join(library, 'dist', entry),
      compiler: { tsconfigFilePath: path.join(library, 'tsconfig.json') },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: folder,
        reportTempFolder: path.join(scratch, 'api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // Doc comments and names that are not exported are typedoc's to judge.
      messages: {
        extractorMessageReporting: { ...silent, 'ae-forgotten-export': silent.default },
        tsdocMessageReporting: silent,
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
  });
}

/** Whether the report of an entry point is another than that in lib/api; it is written there unless `check`. */
function isOther(config: ExtractorConfig, compilerState: CompilerState, check: boolean): boolean {
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    printApiReportDiff: check,
    messageCallback: (message) => {
      const isFault = message.logLevel === ExtractorLogLevel.Error || message.messageId === DIFFERENCE;
      message.handled = !isFault; // what it says of itself, and of reports that are now written, is said here
    },
  });
  if (errorCount > 0) throw new Error('api: there are errors, which stand above');
  return apiReportChanged;
}
