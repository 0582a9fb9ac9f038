import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A block of TypeScript in a doc comment or in Markdown. */
export interface Example {
  /** The file that it stands in, and the line of its first line of code, from 1. */
  file: string;
  line: number;
  code: string;
  /** The folder that its own imports start from. */
  folder: string;
}

/**
 * The blocks between ```ts and ``` in the doc comments of a source file, or anywhere in a file of Markdown.
 * @param folder where the code of a block would be a file
 */
export function examplesIn(file: string, text: string, folder = 'lib/src'): Example[] {
  const examples: Example[] = [];
  let open: Example | undefined;
  text.split('\n').forEach((whole, i) => {
    const line = file.endsWith('.md') ? whole : whole.replace(/^\s*\* ?/, '');
    if (open && line.trimEnd() === '```') {
      examples.push(open);
      open = undefined;
    } else if (open) open.code += `${line}\n`;
    else if (line.trimEnd() === '```ts') open = { file, line: i + 2, code: '', folder };
  });
  if (open) throw new Error(`${file}:${open.line}: the block has no end`);
  return examples;
}

const root = path.resolve(import.meta.dirname, '..', '..');
const entry = path.join(root, 'lib', 'src', 'index.ts');

/** What an example may speak of without saying where it comes from. */
const around = `
import type * as lib from '${entry}';
declare global {
  const network: lib.Network;
  const data: lib.ImageSet;
  const faces: lib.FaceSet;
  const degradation: lib.Degradation;
  const walk: lib.Walk;
  const adam: lib.Adam;
  const optimizer: lib.Adam;
  const T: number;
  const seed: number;
  const i: number;
  const t: number;
  const shape: [number, number, number, number];
  const images: lib.Images;
  const samples: lib.Images;
  const revealed: lib.Images;
  const x0: lib.Images;
  const z: lib.Images;
  const y: lib.tf.Tensor;
  const dy: lib.tf.Tensor;
  const sampling: lib.Sampling;
  const denoise: lib.Denoiser;
  const both: lib.Denoiser;
  const curtain: () => lib.Degradation;
  const oneFilter: (config: object) => lib.Model;
  const learn: () => number;
  const loss: (...inputs: unknown[]) => lib.tf.Scalar;
  /** What an example leaves out, as in { … }. */
  const leftOut: any;
}`;

/** Checks the types of all examples in one program; returns what is wrong, with file and line. */
export function faultsOf(examples: Example[]): string[] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  // An example ends where it wants to: with a value that nobody takes.
  Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false, noEmit: true });

  const made = new Map<string, { text: string; example?: Example; before: number }>();
  made.set(path.join(root, 'lib', 'src', 'around.example.ts'), { text: around, before: 0 });
  const exported = exportsOf(entry);
  examples.forEach((example, i) => {
    const source = path.resolve(root, example.file);
    const own = existsSync(source) && source.endsWith('.ts') ? exportsOf(source) : new Set<string>();
    const names = freeNames(spelledOut(example.code));
    const of = (set: Set<string>) => names.filter((name) => set.has(name));
    const internal = of(own).filter((name) => !exported.has(name));
    const imports = [`import { ${of(exported).join(', ')} } from '${entry}';\n`];
    if (internal.length > 0) imports.push(`import { ${internal.join(', ')} } from '${source}';\n`);
    const before = imports.join('');
    const file = path.join(root, example.folder, `${i}.example.ts`);
    made.set(file, { text: `${before}${spelledOut(example.code)}export {};\n`, example, before: imports.length });
  });

  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => made.has(name) || fileExists(name);
  host.readFile = (name) => made.get(name)?.text ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const own = made.get(name);
    return own ? ts.createSourceFile(name, own.text, version) : getSourceFile(name, version, ...rest);
  };
  const program = ts.createProgram([...made.keys()], options, host);
  return [...made.keys()].flatMap((name) => {
    const source = program.getSourceFile(name)!;
    const { example, before } = made.get(name)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((fault) => {
      const line = source.getLineAndCharacterOfPosition(fault.start ?? 0).line - before + (example?.line ?? 1);
      return `${example?.file ?? 'around'}:${line}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`;
    });
  });
}

/**
 * `…` stands for what does not matter: lines of one's own, the body of a loop at the end of a line, the rest of an
 * object's fields.
 */
function spelledOut(code: string): string {
  return code.replaceAll(/^…/gm, ';').replaceAll(/ …$/gm, ' {}').replaceAll('…', '...leftOut');
}

/** The names that a file exports, also by way of others. */
function exportsOf(file: string): Set<string> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      for (const { name } of statement.exportClause.elements) names.add(name.text);
    } else if (ts.isExportDeclaration(statement) && statement.moduleSpecifier) {
      const from = (statement.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, '.ts');
      for (const name of exportsOf(path.resolve(path.dirname(file), from))) names.add(name);
    } else if (ts.canHaveModifiers(statement)) {
      if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
      if (ts.isVariableStatement(statement)) {
        for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) names.add(name.text);
      } else {
        const { name } = statement as ts.Statement & { name?: ts.Node };
        if (name && ts.isIdentifier(name)) names.add(name.text);
      }
    }
  }
  return names;
}

/** The names that some code uses, and does not declare at its top itself. */
function freeNames(code: string): string[] {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const used = new Set<string>();
  const own = new Set<string>();
  const visit = (node: ts.Node, inside: boolean) => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const declares = [ts.isVariableDeclaration, ts.isBindingElement, ts.isImportSpecifier];
      const isDeclared = declares.some((is) => is(parent)) && (parent as ts.VariableDeclaration).name === node;
      if (!isDeclared) used.add(node.text);
      else if (!inside) own.add(node.text);
    }
    ts.forEachChild(node, (child) => {
      visit(child, inside || ts.isFunctionLike(node));
    });
  };
  visit(source, false);
  return [...used].filter((name) => !own.has(name));
}
