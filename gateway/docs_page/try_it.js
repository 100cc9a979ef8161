'use strict';
// Trying a call: a form made from the operation, the request it means, and the answer as it comes.

const LONGEST_SHOWN = 200000;

function tryIt(api, operation, tokenOf) {
  const inputs = new Map();
  const form = element('div', { class: 'inputs' });
  for (const parameter of operation.parameters) {
    const input = inputOf(api, parameter);
    inputs.set(parameter, input);
    form.append(element('label', { for: input.id }, parameter.name), input);
  }
  const media = bodyOf(operation);
  const body = media && element('textarea', { id: 'try-body', spellcheck: 'false', 'aria-label': 'Body' });
  if (body && media.example !== undefined) {
    const least = leastExample(api, media.schema, media.example);
    body.value = media.type === 'application/x-ndjson' ? JSON.stringify(media.example) : pretty(least);
  }
  const answer = element('div', { id: 'try-answer' });
  const curl = element('pre', { id: 'try-curl' });
  const request = () => requestOf(operation, inputs, body?.value, media?.type);
  const showCurl = () => { curl.textContent = curlOf(request()); };
  const send = element('button', { class: 'send', id: 'try-send', type: 'button' }, 'Send');
  const stop = element('button', { type: 'button', disabled: true }, 'Stop');
  send.addEventListener('click', () => sendCall(request(), tokenOf(), answer, send, stop));
  const box = element('section', { class: 'try', 'aria-label': 'Try it' },
    element('h2', {}, 'Try it'), form, body ?? '',
    element('div', { class: 'row' }, send, stop), answer,
    element('details', {}, element('summary', { class: 'quiet' }, 'curl'), curl));
  box.addEventListener('input', showCurl);
  showCurl();
  return box;
}

function inputOf(api, parameter) {
  const id = `try-${parameter.name}`;
  const schema = resolved(api, parameter.schema);
  if (schema.enum) {
    return element('select', { id }, element('option', { value: '' }, ''),
      ...schema.enum.map((value) => element('option', { value }, value)));
  }
  if (schema.type === 'boolean') {
    return element('select', { id }, ...['', 'true', 'false'].map((value) =>
      element('option', { value }, value)));
  }
  const several = schema.type === 'array';
  const input = element(several ? 'textarea' : 'input', {
    id, spellcheck: 'false', autocomplete: 'off', rows: several ? 2 : undefined,
    placeholder: several ? 'one a line' : typeWords(api, parameter.schema),
  });
  if (parameter.required) input.value = [parameter.example ?? ''].flat().join('\n');
  return input;
}

function requestOf(operation, inputs, body, type) {
  let path = operation.path;
  const query = [];
  const headers = {};
  for (const [parameter, input] of inputs) {
    if (parameter.in === 'path') {
      path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    } else if (parameter.in === 'header') {
      if (input.value !== '') headers[parameter.name.toLowerCase()] = input.value;
    } else {
      const values = input.tagName === 'TEXTAREA' ? input.value.split('\n') : [input.value];
      for (const value of values.filter((text) => text !== '')) {
        query.push(`${parameter.name}=${encodeURIComponent(value)}`);
      }
    }
  }
  return {
    method: operation.method.toUpperCase(),
    url: new URL(path + (query.length ? `?${query.join('&')}` : ''), location.origin).href,
    headers, body, type: type === '*/*' ? 'application/octet-stream' : type,
  };
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curlOf({ method, url, headers, body, type }) {
  const lines = [`curl -X ${method} ${quoted(url)}`, '-H "authorization: Bearer $TOKEN"'];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`-H 'content-type: ${type}'`, `--data-binary ${quoted(body)}`);
  return lines.join(' \\\n  ');
}

async function sendCall({ method, url, headers, body, type }, token, answer, send, stop) {
  const aborting = new AbortController();
  stop.onclick = () => aborting.abort();
  send.disabled = true;
  stop.disabled = false;
  answer.replaceChildren(element('p', { class: 'quiet' }, 'Waiting …'));
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = type;
  const begin = performance.now();
  try {
    const response = await fetch(url, {
      method, headers, body, signal: aborting.signal,
      cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
    });
    await showAnswer(response, begin, answer);
  } catch (problem) {
    const said = problem.name === 'AbortError' ? 'Stopped.' : `No answer: ${problem.message}`;
    answer.append(element('p', { class: 'status bad' }, said));
  } finally {
    send.disabled = false;
    stop.disabled = true;
  }
}

async function showAnswer(response, begin, answer) {
  const status = element('span', { class: `status ${response.ok ? 'good' : 'bad'}` },
    `${response.status} ${response.statusText}`.trim());
  const time = element('span', { class: 'quiet' });
  const id = response.headers.get('x-request-id');
  const extra = element('div', {});
  const out = element('pre', {});
  answer.replaceChildren(
    element('div', { class: 'row' }, status, time,
      element('span', { class: 'quiet' }, id ? `request ${id}` : '')),
    extra, out);
  const text = await readShowing(response, out);
  time.textContent = `${Math.round(performance.now() - begin)} ms, ${text.length} characters`;
  const json = parsed(text);
  if (json === undefined) return;
  if (!response.ok) extra.append(...problemTables(json));
  out.textContent = pretty(json);
}

// Streams are shown as they come; a very long answer only by its beginning.
async function readShowing(response, out) {
  const decoder = new TextDecoder();
  let text = '';
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    out.textContent = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)} …` : text;
  }
  return text;
}

function parsed(text) {
  if (text.length > LONGEST_SHOWN) return undefined;
  try { return JSON.parse(text); } catch { return undefined; }
}

// What a broken call broke, ahead of the raw body.
function problemTables(json) {
  const details = json?.error?.details ?? [];
  const shown = [];
  if (json?.error?.message) shown.push(element('p', { class: 'status bad' }, json.error.message));
  const violations = details.flatMap((detail) => detail.fieldViolations ?? detail.violations ?? []);
  if (violations.length > 0) {
    shown.push(element('div', { class: 'violations' }, table(['Field', 'Reason', 'What is wrong'],
      violations.map((one) => [
        element('td', {}, one.field ?? one.subject ?? ''),
        element('td', {}, one.reason ?? one.type ?? ''),
        element('td', {}, one.description ?? ''),
      ]))));
  }
  return shown;
}
