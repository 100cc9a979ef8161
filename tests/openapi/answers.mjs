// Real answers of the suite against the document: what a service answers is what the schema of its
// response says, errors included.
//
//   SALESOPS_URL=… SALESOPS_TOKEN=… node answers.mjs
import assert from 'node:assert/strict';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const base = process.env.SALESOPS_URL;
const document = await (await fetch(`${base}/openapi.json`)).json();
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'document', components: document.components });

const operations = new Map();
for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (operation.operationId) operations.set(operation.operationId, { ...operation, path, method });
  }
}

let checked = 0;

function keeps(schema, value, where) {
  const validate = ajv.compile(
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/')));
  assert.ok(validate(value), `${where}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  checked++;
}

// Calls an operation; the body and the answer must be what the document says of them.
async function call(id, { path = {}, query = {}, headers = {}, body, bad = false } = {}, code = 200) {
  const operation = operations.get(id);
  assert.ok(operation, id);
  let target = operation.path;
  for (const [name, value] of Object.entries(path)) target = target.replace(`{${name}}`, value);
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    assert.ok(operation.parameters.some((one) => one.name === name), `${id} has no ${name}`);
    for (const one of [value].flat()) parameters.append(name, one);
  }
  if (body !== undefined && !bad) {
    keeps(operation.requestBody.content['application/json'].schema, body, `${id} request`);
  }
  const response = await fetch(`${base}${target}?${parameters}`, {
    method: operation.method.toUpperCase(),
    headers: {
      authorization: `Bearer ${process.env.SALESOPS_TOKEN}`, 'content-type': 'application/json', ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  assert.equal(response.status, code, `${id}: ${text}`);
  let said = operation.responses[code] ?? operation.responses.default;
  if (said.$ref) said = document.components.responses[said.$ref.split('/').pop()];
  for (const header of Object.keys(said.headers ?? {})) {
    assert.ok(response.headers.has(header) || header === 'Retry-After', `${id} ${code}: no ${header}`);
  }
  if (!said.content) return undefined;
  const type = response.headers.get('content-type').split(';')[0];
  const lines = type === 'application/json' ? [text] : text.trim().split('\n');
  assert.ok(said.content[type], `${id} does not speak of ${type}`);
  for (const line of lines) keeps(said.content[type].schema, JSON.parse(line), `${id} ${code}`);
  return JSON.parse(lines[0]);
}

const day = (year, month, date) => ({ year, month, day: date });

// People.
await call('organization_AccessService_DescribeCaller');
await call('organization_DepartmentService_CreateDepartment',
  { query: { departmentId: 'sales' }, body: { displayName: 'Sales' } });
await call('organization_SellerService_CreateSeller', {
  query: { sellerId: 'li-na' },
  body: { displayName: '李娜', subject: 'li-na', employments: [{ startDate: day(2024, 1, 1) }] },
});
await call('organization_SellerService_ListSellers', { query: { pageSize: 1, filter: 'display_name = "李娜"' } });
await call('organization_AccessService_ListGrants');
await call('organization_AuditService_ListAuditEntries');
await call('organization_SellerService_ExportSellers');

// Deals.
await call('pipeline_SalesProcessService_CreateSalesProcess',
  { query: { salesProcessId: 'direct' }, body: { displayName: 'Direct' } });
await call('pipeline_AccountService_CreateAccount', {
  query: { accountId: 'acme' },
  body: {
    displayName: 'Acme', website: 'https://acme.example', foundedYear: 1947,
    externalKeys: [{ source: 'crm', key: '7' }],
    attributes: { grade: { stringValue: 'A' }, share: { decimalValue: { value: '0.25' } } },
  },
});
const acme = await call('pipeline_AccountService_GetAccount', { path: { account: 'acme' } });
await call('pipeline_AccountService_GetAccount',
  { path: { account: 'acme' }, headers: { 'if-none-match': `"${acme.etag}"` } }, 304);
await call('pipeline_AccountService_UpdateAccount',
  { path: { account: 'acme' }, query: { updateMask: 'website' }, body: { website: '' } });
await call('pipeline_AccountService_ListAccounts', { query: { orderBy: 'display_name desc' } });
await call('pipeline_AccountService_BatchGetAccounts', { query: { names: ['accounts/acme'] } });
await call('pipeline_AccountService_ExportAccounts');
await call('pipeline_OpportunityService_AggregateOpportunities', { query: { groupBy: ['state', 'currency'] } });
await call('pipeline_AuditService_ListAuditEntries');

// Refusals.
await call('pipeline_AccountService_GetAccount', { path: { account: 'nobody' } }, 404);
await call('pipeline_AccountService_CreateAccount',
  { query: { accountId: 'acme' }, body: { displayName: 'Again' } }, 409);
await call('pipeline_AccountService_CreateAccount',
  { bad: true, body: { website: 'x', foundedYear: 20000, unknown: true } }, 400);
await call('pipeline_AccountService_UpdateAccount',
  { path: { account: 'acme' }, body: { displayName: 'X', etag: '"old"' } }, 409);
await call('pipeline_AccountService_UpdateAccount', {
  path: { account: 'acme' }, headers: { 'if-match': '"old"' }, body: { displayName: 'X' },
}, 412);
await call('pipeline_OpportunityService_AdvanceOpportunity',
  { path: { opportunity: 'none' }, body: { stage: 'offer' } }, 404);

console.log(`${checked} bodies are what the document says`);
