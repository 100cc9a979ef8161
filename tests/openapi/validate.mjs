// Checks an OpenAPI document from outside: valid by the specification's own schema, every reference
// resolved, every schema of JSON Schema 2020-12, every example valid by the schema beside it, every
// path parameter declared.
//
//   node validate.mjs FILE       prints what is wrong; exit code 1 if anything is
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

const problems = [];
const counts = { paths: 0, operations: 0, schemas: 0, references: 0, examples: 0 };
const problem = (where, what) => problems.push(`${where}: ${what}`);

const text = readFileSync(process.argv[2], 'utf8');
const document = JSON.parse(text);

await checkSpecification();
const ajv = makeAjv();
checkReferences(document, '#');
for (const [name, schema] of Object.entries(document.components.schemas)) {
  checkSchema(schema, `#/components/schemas/${name}`);
}
checkOperations();
for (const [name, response] of Object.entries(document.components.responses)) {
  checkContent(response.content, `responses ${name}`);
}

console.log(Object.entries(counts).map(([what, n]) => `${n} ${what}`).join(', '));
if (problems.length > 0) {
  console.error(problems.slice(0, 50).join('\n'));
  console.error(`${problems.length} problems`);
  process.exit(1);
}

async function checkSpecification() {
  const result = await new Validator().validate(JSON.parse(text));
  if (!result.valid) problem('specification', JSON.stringify(result.errors, null, 1).slice(0, 3000));
  if (document.openapi !== '3.1.0') problem('openapi', document.openapi);
}

// Our own words begin with x-; any other that JSON Schema does not know is a mistake.
function makeAjv() {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  addFormats(ajv);
  for (const format of ['int32', 'int64', 'uint64', 'float', 'double']) ajv.addFormat(format, true);
  const words = new Set(['example']);
  JSON.stringify(document, (key, value) => {
    if (key.startsWith('x-')) words.add(key);
    return value;
  });
  for (const word of words) ajv.addKeyword(word);
  ajv.addKeyword('components');
  ajv.addSchema({ $id: 'document', components: { schemas: document.components.schemas } });
  return ajv;
}

function inDocument(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/'));
}

function checkSchema(schema, where) {
  counts.schemas++;
  try {
    return ajv.compile(inDocument(schema));
  } catch (error) {
    problem(where, error.message);
    return undefined;
  }
}

function checkExample(schema, example, where) {
  counts.examples++;
  const validate = checkSchema(schema, where);
  if (validate && !validate(example)) {
    problem(where, `${ajv.errorsText(validate.errors)} in ${JSON.stringify(example).slice(0, 300)}`);
  }
}

function checkContent(content, where, wanted = []) {
  const types = Object.keys(content ?? {});
  for (const [type, media] of Object.entries(content ?? {})) {
    const at = `${where} ${type}`;
    if (media.example !== undefined) checkExample(media.schema, media.example, at);
    for (const [name, one] of Object.entries(media.examples ?? {})) {
      checkExample(media.schema, one.value, `${at} ${name}`);
    }
    if (wanted.includes(type) && media.example === undefined && !media.examples) {
      problem(at, 'has no example');
    }
  }
  return types;
}

function checkReferences(node, where) {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.$ref === 'string') {
    counts.references++;
    let target = document;
    for (const part of node.$ref.replace('#/', '').split('/')) target = target?.[part];
    if (target === undefined) problem(where, `${node.$ref} leads nowhere`);
  }
  for (const [key, value] of Object.entries(node)) checkReferences(value, `${where}/${key}`);
}

function checkOperations() {
  const ids = new Set();
  const shapes = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    counts.paths++;
    const shape = path.replaceAll(/\{[^}]*\}/g, '{}');
    if (shapes.has(shape)) problem(path, `has the shape of ${shapes.get(shape)}`);
    shapes.set(shape, path);
    for (const method of METHODS) {
      if (item[method]) checkOperation(item[method], `${method.toUpperCase()} ${path}`, path, ids);
    }
  }
}

function checkOperation(operation, where, path, ids) {
  counts.operations++;
  if (ids.has(operation.operationId)) problem(where, `${operation.operationId} twice`);
  ids.add(operation.operationId);
  const parameters = (operation.parameters ?? []).map((one) =>
    one.$ref ? document.components.parameters[one.$ref.split('/').pop()] : one);
  const given = parameters.filter((p) => p.in === 'path').map((p) => p.name);
  const wanted = [...path.matchAll(/\{([^}]*)\}/g)].map((match) => match[1]);
  if (given.join() !== wanted.join()) problem(where, `declares ${given}, has ${wanted}`);
  const names = new Set();
  for (const parameter of parameters) {
    const at = `${where} ${parameter.name}`;
    if (names.has(parameter.name)) problem(at, 'twice');
    names.add(parameter.name);
    if (parameter.example !== undefined) checkExample(parameter.schema, parameter.example, at);
    else checkSchema(parameter.schema, at);
    if (parameter.required && parameter.example === undefined) problem(at, 'has no example');
  }
  checkContent(operation.requestBody?.content, `${where} request`,
               ['application/json', 'application/x-ndjson']);
  for (const [code, response] of Object.entries(operation.responses ?? {})) {
    if (response.content) {
      checkContent(response.content, `${where} ${code}`, ['application/json', 'application/x-ndjson']);
    }
  }
  for (const code of ['200', '400', 'default']) {
    if (!operation.responses?.[code]) problem(where, `says nothing of ${code}`);
  }
}
