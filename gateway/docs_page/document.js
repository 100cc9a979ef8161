'use strict';
// Reading the OpenAPI document: its operations, what a reference means, and rules in words.

const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

function operationsOf(api) {
  const operations = [];
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of HTTP_METHODS) {
      if (!item[method]) continue;
      const parameters = (item[method].parameters ?? []).map((one) => resolved(api, one));
      operations.push({ ...item[method], parameters, path, method });
    }
  }
  return operations;
}

function nameOfReference(reference) {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

// What the schema says together with what it refers to; its own words win.
function resolved(api, schema) {
  if (!schema || !schema.$ref) return schema || {};
  let target = api;
  for (const part of schema.$ref.slice(2).split('/')) target = target[part];
  const both = { ...target, ...schema };
  delete both.$ref;
  if (target.properties && schema.properties) {
    both.properties = { ...target.properties };
    for (const [name, more] of Object.entries(schema.properties)) {
      both.properties[name] = { ...target.properties[name], ...more };
    }
  }
  return both;
}

function typeWords(api, schema) {
  if (schema.oneOf) return schema.oneOf.map((one) => typeWords(api, one)).join(' or ');
  const known = resolved(api, schema);
  if (known.type === 'array') return `list of ${typeWords(api, known.items)}`;
  if (known.additionalProperties) return `map to ${typeWords(api, known.additionalProperties)}`;
  if (schema.$ref) return nameOfReference(schema.$ref).split('.').pop().replace('-update', '');
  if (known.format) return `${known.type} (${known.format})`;
  if (known.contentEncoding) return `${known.type} (${known.contentEncoding})`;
  return Array.isArray(known.type) ? known.type.join(' or ') : known.type || 'anything';
}

function between(least, most, unit) {
  const several = unit.endsWith('y') ? `${unit.slice(0, -1)}ies` : `${unit}s`;
  const count = (n) => `${n} ${n === 1 ? unit : several}`;
  if (least !== undefined && most !== undefined) return `${least} to ${count(most)}`;
  if (least !== undefined) return `at least ${count(least)}`;
  return most !== undefined ? `at most ${count(most)}` : '';
}

function rangeWords(schema) {
  const above = schema.exclusiveMinimum;
  const least = schema.minimum ?? schema['x-minimum'];
  const most = schema.maximum ?? schema['x-maximum'];
  const words = [];
  if (above !== undefined) words.push(`> ${above}`);
  if (least !== undefined) words.push(`${schema['x-exclusive-minimum'] ? '>' : '≥'} ${least}`);
  if (most !== undefined) words.push(`≤ ${most}`);
  return words.join(', ');
}

// Every declared rule, each a few words.
function ruleWords(api, schema, required) {
  const rules = [];
  const known = resolved(api, schema);
  if (required) rules.push('required');
  if (known.readOnly) rules.push('answered only');
  if (known.writeOnly) rules.push('never answered');
  if (known['x-identifier']) rules.push('identifier');
  if (known['x-immutable']) rules.push('never changed by update');
  if (known['x-personal']) rules.push('personal: reading leaves an audit entry');
  const elements = known.type === 'array' ? resolved(api, known.items) : known;
  for (const part of new Set([known, elements])) {
    rules.push(between(part.minLength, part.maxLength, 'character'));
    rules.push(between(part.minItems, part.maxItems, 'element'));
    rules.push(between(part.minProperties, part.maxProperties, 'entry'));
    rules.push(rangeWords(part));
    if (part['x-max-scale'] !== undefined) rules.push(`${part['x-max-scale']} digits after the point`);
    if (part.uniqueItems) rules.push('no element twice');
    if (part.pattern) rules.push(`matches ${part.pattern}`);
    if (part['x-re2-pattern']) rules.push(`matches ${part['x-re2-pattern']}`);
    if (part['x-references']) rules.push(`names a ${part['x-references']}`);
    if (part.propertyNames?.pattern) rules.push(`keys match ${part.propertyNames.pattern}`);
  }
  return rules.filter(Boolean);
}

function bodyOf(operation) {
  const content = operation.requestBody?.content;
  if (!content) return undefined;
  const [type, media] = Object.entries(content)[0];
  return { type, ...media };
}

// Of an example only what must be given, so that a first try is likely to be a good one.
function leastExample(api, schema, example) {
  const known = resolved(api, schema);
  if (example === null || typeof example !== 'object' || !known.properties) return example;
  const least = {};
  for (const name of known.required ?? []) {
    if (name in example) least[name] = leastExample(api, known.properties[name], example[name]);
  }
  return least;
}
