'use strict';
// The page as a whole: the list of operations, search, the way between them, light and dark.

const byId = (id) => document.getElementById(id);

function showList(api, operations, current) {
  const wanted = byId('search').value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (operation) => {
    const text = [operation.summary, operation.path, operation.method, operation['x-permission'],
      operation['x-rpc'], operation.description].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  const groups = [];
  for (const group of api['x-tagGroups']) {
    const sections = group.tags.map((tag) => {
      const found = operations.filter((one) => one.tags[0] === tag && fits(one));
      if (found.length === 0) return undefined;
      const open = wanted.length > 0 || found.some((one) => one.operationId === current);
      return element('details', { open, 'data-service': tag },
        element('summary', {}, api.tags.find((one) => one.name === tag)['x-displayName']),
        ...found.map((one) => element('a', {
          href: `#${one.operationId}`,
          'aria-current': one.operationId === current ? 'page' : undefined,
        }, methodBadge(one.method), one.summary)));
    }).filter(Boolean);
    if (sections.length > 0) groups.push(element('h2', {}, group.name), ...sections);
  }
  if (groups.length === 0) groups.push(element('p', { class: 'quiet' }, 'Nothing fits.'));
  byId('operations').replaceChildren(...groups);
}

function frontPage(api) {
  const rows = api.tags.map((tag) => [
    element('td', { class: 'name' }, tag.name), element('td', {}, words(tag.description)),
  ]);
  return [element('h1', {}, api.info.title), words(api.info.description),
    element('h2', {}, 'Services'), table(['Service', 'What it is for'], rows),
    element('p', {}, 'The same as a document: ', element('a', { href: 'openapi.json' }, 'openapi.json'))];
}

function followTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const set = (on) => document.documentElement.classList.toggle('dark', on);
  set(dark.matches);
  dark.addEventListener('change', () => set(dark.matches));
  byId('theme').addEventListener('click', () => document.documentElement.classList.toggle('dark'));
}

async function start() {
  followTheme();
  const main = byId('main');
  let api;
  try {
    api = await (await fetch('openapi.json', { credentials: 'omit' })).json();
  } catch (problem) {
    main.replaceChildren(element('p', { class: 'status bad' },
      `The contracts could not be read: ${problem.message}`));
    return;
  }
  const operations = operationsOf(api);
  const show = () => {
    const current = decodeURIComponent(location.hash.slice(1));
    const operation = operations.find((one) => one.operationId === current);
    showList(api, operations, current);
    main.replaceChildren(...(operation
      ? [...referencePage(api, operation).toSpliced(5, 0,
          tryIt(api, operation, () => byId('token').value.trim()))]
      : frontPage(api)));
    main.scrollTop = 0;
    document.title = operation ? `${operation.summary} · ${api.info.title}` : api.info.title;
  };
  addEventListener('hashchange', () => { show(); main.focus(); });
  byId('search').addEventListener('input', () =>
    showList(api, operations, decodeURIComponent(location.hash.slice(1))));
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
    event.preventDefault();
    byId('search').focus();
  });
  show();
}

start();
