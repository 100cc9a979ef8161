'use strict';
// What an operation takes, answers and refuses, as a page.

function fieldItem(api, name, schema, required, within) {
  const head = element('div', { class: 'head' },
    element('span', { class: 'fieldname' }, name),
    element('span', { class: 'type' }, typeWords(api, schema)),
    ...ruleWords(api, schema, required).map((rule) =>
      element('span', { class: rule === 'required' ? 'rule required' : 'rule' }, rule)));
  const item = element('li', {}, head, words(schema.description));
  const inner = partsOf(api, schema);
  if (inner.enum) item.append(enumList(inner));
  if (inner.properties && !within.includes(inner.name)) item.append(lazyFields(api, inner, within));
  return item;
}

// The schema whose fields a reader may want to see below the field: through lists and maps.
function partsOf(api, schema) {
  const known = resolved(api, schema);
  const name = schema.$ref;
  if (known.type === 'array') return partsOf(api, known.items);
  if (known.additionalProperties) return partsOf(api, known.additionalProperties);
  return { ...known, name };
}

function enumList(schema) {
  const meanings = schema['x-enum-descriptions'] ?? {};
  return element('ul', { class: 'fields' }, ...schema.enum.map((value) =>
    element('li', {}, element('code', {}, value), ` ${meanings[value] ?? ''}`)));
}

// Opened on demand, since types may hold themselves.
function lazyFields(api, schema, within) {
  const details = element('details', {}, element('summary', { class: 'quiet' }, 'fields'));
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) {
      details.append(fieldList(api, schema, [...within, schema.name]));
    }
  });
  return details;
}

function fieldList(api, schema, within = []) {
  const required = new Set(schema.required ?? []);
  return element('ul', { class: 'fields' }, ...Object.entries(schema.properties ?? {}).map(
    ([name, field]) => fieldItem(api, name, field, required.has(name), within)));
}

function schemaSection(api, media) {
  const box = element('div', {});
  if (media.schema) {
    const inner = partsOf(api, media.schema.oneOf?.[0]?.properties?.result ?? media.schema);
    if (inner.properties) box.append(fieldList(api, inner, [inner.name]));
  }
  if (media.example !== undefined) {
    box.append(element('details', { open: true }, element('summary', {}, 'Example'),
      element('pre', {}, pretty(media.example))));
  }
  return box;
}

function accessBadges(operation) {
  const badges = element('p', {});
  const badge = (text, more) => badges.append(element('span', { class: `badge ${more ?? ''}` }, text));
  if (operation['x-permission']) badge(`permission ${operation['x-permission']}`, 'need');
  else badge(operation.security.length ? 'any identity' : 'no identity needed');
  if (operation['x-full-scope']) badge('scope over everything');
  for (const service of operation['x-allowed-services'] ?? []) badge(`also service ${service}`);
  badge(operation['x-rpc']);
  return badges;
}

function parameterTable(api, operation) {
  const rows = operation.parameters.map((parameter) => [
    element('td', { class: 'name' }, parameter.name),
    element('td', { class: 'quiet' }, parameter.in),
    element('td', {}, element('span', { class: 'type' }, typeWords(api, parameter.schema), ' '),
      ...ruleWords(api, parameter.schema, parameter.required).map((rule) =>
        element('span', { class: rule === 'required' ? 'rule required' : 'rule' }, `${rule}; `)),
      words(parameter.description)),
  ]);
  return table(['Name', 'In', 'What'], rows);
}

function errorTable(api, operation) {
  const declared = (operation['x-errors'] ?? []).map((error) => [
    element('td', { class: 'name' }, error.status),
    element('td', {}, ...(error.reasons ?? []).flatMap((reason) => [element('code', {}, reason), ' '])),
    element('td', {}, ...inline(error.text)),
  ]);
  const general = Object.entries(operation.responses).filter(([code]) => code !== '200').map(
    ([code, response]) => {
      const [first] = (resolved(api, response).description ?? '').split('\n');
      return [element('td', { class: 'name' }, code), element('td', {}),
        element('td', { class: 'quiet' }, ...inline(first))];
    });
  return table(['Status', 'Reasons', 'When'], [...declared, ...general]);
}

function referencePage(api, operation) {
  const page = [
    element('p', { class: 'quiet' }, operation.tags[0]),
    element('h1', {}, operation.summary),
    element('p', { class: 'route' }, methodBadge(operation.method), operation.path),
    words(operation.description),
    accessBadges(operation),
  ];
  if (operation.parameters.length > 0) {
    page.push(element('h2', {}, 'Parameters'), parameterTable(api, operation));
  }
  const body = bodyOf(operation);
  if (body) {
    page.push(element('h2', {}, `Request body (${body.type})`),
      words(operation.requestBody.description), schemaSection(api, body));
  }
  for (const [type, media] of Object.entries(operation.responses['200'].content ?? {})) {
    page.push(element('h2', {}, `Answer (${type})`),
      words(media.schema?.description ?? operation.responses['200'].description),
      schemaSection(api, media));
  }
  page.push(element('h2', {}, 'Errors'), errorTable(api, operation));
  return page;
}
