// The page of /docs in headless Chromium: it loads without a complaint and asks nobody but its own
// gateway, lists every service, and tries calls through the real suite.
//
//   SALESOPS_URL=… SALESOPS_TOKEN=… node page.mjs FOLDER
//
// Screenshots go to FOLDER, or where SALESOPS_SCREENSHOTS says.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const base = process.env.SALESOPS_URL;
const folder = process.env.SALESOPS_SCREENSHOTS ?? process.argv[2];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  // Root has no sandbox of its own in a container; the page is ours.
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
let failed = false;
try {
  await check(await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } }));
} catch (problem) {
  failed = true;
  console.error(problem);
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);

async function check(context) {
  const page = await context.newPage();
  const complaints = [];
  const origins = new Set();
  let refusedCalls = 0;
  page.on('console', (message) => {
    // The browser itself notes every answer of 400 and above; calls that we break on purpose.
    if (message.type() === 'error' && /status of 4\d\d/.test(message.text())) refusedCalls++;
    else if (message.type() !== 'log') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
  });

  await page.goto(`${base}/docs`);
  await page.waitForSelector('#operations details');
  const api = await page.evaluate(async () => (await fetch('openapi.json')).json());
  await listsEveryService(page, api);
  await searchNarrows(page);
  await everyOperationIsShown(page, api);
  assert.deepEqual(complaints, []);

  await page.fill('#token', process.env.SALESOPS_TOKEN);
  await goodCallAnswersData(page);
  await brokenCallShowsViolations(page);
  await streamIsShown(page);
  await withoutTokenNobody(page);
  await nothingIsKept(page);
  await darkAndLight(page);
  await foreignScriptsDoNotRun(page, complaints);

  assert.deepEqual(complaints, []);
  assert.deepEqual([...origins], [base]);
  assert.equal(refusedCalls, 3);
  console.log(`the page asked ${[...origins]} only`);
}

async function open(page, id) {
  await page.evaluate((hash) => { location.hash = hash; }, id);
  await page.waitForSelector(`nav a[href="#${id}"][aria-current]`);
}

// Presses Send and gives what the page then shows.
async function send(page) {
  await page.click('#try-send');
  await page.waitForSelector('#try-answer .status');
  await page.waitForFunction(() => !document.getElementById('try-send').disabled);
  return {
    status: await page.textContent('#try-answer .status'),
    text: await page.textContent('#try-answer pre'),
    violations: await page.$$eval('.violations tbody tr', (rows) =>
      rows.map((row) => row.firstChild.textContent)),
  };
}

async function listsEveryService(page, api) {
  const shown = await page.$$eval('#operations details', (all) => all.map((one) => one.dataset.service));
  assert.deepEqual([...shown].sort(), api.tags.map((tag) => tag.name).sort());
  for (const service of ['AbsenceService', 'AccessService', 'AssignmentService', 'AuditService',
    'CalendarService', 'DepartmentService', 'EventService', 'ExchangeRateService', 'FiscalCalendarService',
    'JobRoleService', 'SellerService', 'TeamService', 'TerritoryService']) {
    assert.ok(shown.includes(`organization.${service}`), service);
  }
  for (const service of ['AccountService', 'ActivityService', 'AttributeDefinitionService',
    'CompetitorService', 'ContactService', 'LeadService', 'OpportunityService', 'ProductService',
    'RetentionRuleService', 'SalesProcessService']) {
    assert.ok(shown.includes(`pipeline.${service}`), service);
  }
  for (const service of ['AuditService', 'CreditingRuleService', 'EventService',
    'IncentivePeriodService', 'IncentivePlanService', 'MeasureValueService',
    'PayoutStatementService', 'PlanAssignmentService', 'QuotaService', 'TransactionService']) {
    assert.ok(shown.includes(`performance.${service}`), service);
  }
  console.log(`${shown.length} services listed`);
}

async function searchNarrows(page) {
  const count = () => page.$$eval('#operations a', (all) => all.length);
  const all = await count();
  await page.keyboard.press('/');
  await page.keyboard.type('regress opportunity');
  assert.equal(await count(), 1);
  await page.fill('#search', 'no such operation');
  assert.equal(await count(), 0);
  await page.fill('#search', '');
  assert.equal(await count(), all);
}

async function everyOperationIsShown(page, api) {
  let count = 0;
  for (const item of Object.values(api.paths)) {
    for (const operation of Object.values(item)) {
      if (!operation.operationId) continue;
      await open(page, operation.operationId);
      assert.equal(await page.textContent('main h1'), operation.summary);
      const shown = await page.textContent('main');
      assert.ok(shown.includes(operation['x-permission']), operation.operationId);
      for (const error of operation['x-errors'] ?? []) {
        for (const reason of error.reasons ?? []) assert.ok(shown.includes(reason), reason);
      }
      count++;
    }
  }
  // Rules and nested fields.
  await open(page, 'pipeline_AccountService_CreateAccount');
  const shown = await page.textContent('main');
  for (const words of ['required', '1 to 200 characters', 'matches ^', 'answered only', 'at most 20 elements']) {
    assert.ok(shown.includes(words), words);
  }
  await page.click('.fields li:has(> .head > .fieldname:text-is("externalKeys")) > details > summary');
  await page.waitForSelector('.fields .fields .fieldname:text-is("source")');
  await page.screenshot({ path: `${folder}/reference.png` });
  console.log(`${count} operations shown`);
}

async function goodCallAnswersData(page) {
  await open(page, 'pipeline_AccountService_CreateAccount');
  await page.fill('#try-body', JSON.stringify({ displayName: 'Made by the page 商机' }));
  await page.fill('#try-accountId', 'from-the-page');
  assert.match(await page.textContent('#try-curl'), /accountId=from-the-page/);
  const created = await send(page);
  assert.match(created.status, /^200/);
  assert.equal(JSON.parse(created.text).name, 'accounts/from-the-page');

  await open(page, 'pipeline_AccountService_GetAccount');
  await page.fill('#try-account', 'from-the-page');
  const got = await send(page);
  assert.equal(JSON.parse(got.text).displayName, 'Made by the page 商机');
  await page.screenshot({ path: `${folder}/call.png` });
}

async function brokenCallShowsViolations(page) {
  await open(page, 'pipeline_AccountService_CreateAccount');
  await page.fill('#try-body', '{"website":"x","foundedYear":20000,"displayName":""}');
  const refused = await send(page);
  assert.match(refused.status, /^400/);
  for (const field of ['account.display_name', 'account.website', 'account.founded_year']) {
    assert.ok(refused.violations.includes(field), `${field} of ${refused.violations}`);
  }
  await page.screenshot({ path: `${folder}/violations.png` });
  await page.fill('#try-body', '{"displayName":');
  const broken = await send(page);
  assert.match(broken.status, /^400/);
}

async function streamIsShown(page) {
  await open(page, 'pipeline_AccountService_ExportAccounts');
  const exported = await send(page);
  assert.match(exported.status, /^200/);
  const lines = exported.text.trim().split('\n');
  assert.ok(exported.text.includes('from-the-page'), lines[0]);
}

async function withoutTokenNobody(page) {
  await page.fill('#token', '');
  await open(page, 'organization_AccessService_DescribeCaller');
  const refused = await send(page);
  assert.match(refused.status, /^401/);
}

async function nothingIsKept(page) {
  const kept = await page.evaluate(async () => [
    localStorage.length, sessionStorage.length, document.cookie,
    (await indexedDB.databases()).length, (await caches.keys()).length]);
  assert.deepEqual(kept, [0, 0, '', 0, 0]);
}

async function darkAndLight(page) {
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await back();
  await page.click('#theme');
  assert.notEqual(await back(), light);
  await page.screenshot({ path: `${folder}/dark.png` });
  await page.click('#theme');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction((was) => getComputedStyle(document.body).backgroundColor !== was, light);
}

async function foreignScriptsDoNotRun(page, complaints) {
  const before = complaints.length;
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran = true">');
  });
  await page.waitForFunction(() => new Promise((done) => setTimeout(() => done(true), 200)));
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.ok(complaints.splice(before).length >= 2);  // the browser says what it refused
}
