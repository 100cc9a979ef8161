'use strict';
// Making elements. Text goes in as text, so nothing that a contract or an answer holds is markup.

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
}

// `code` and **strong** of one line of Markdown.
function inline(text) {
  return text.split(/(`[^`]*`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith('`')) return element('code', {}, part.slice(1, -1));
    if (part.startsWith('**')) return element('strong', {}, part.slice(2, -2));
    return part;
  });
}

// The little Markdown that contracts are written in: paragraphs and lists.
function words(text) {
  const box = element('div', { class: 'words' });
  for (const paragraph of (text ?? '').split('\n\n')) {
    let list;
    for (const line of paragraph.split('\n')) {
      if (line.startsWith('- ')) {
        if (!list) box.append(list = element('ul'));
        list.append(element('li', {}, ...inline(line.slice(2))));
      } else if (line) {
        list = undefined;
        box.append(element('p', {}, ...inline(line)));
      }
    }
  }
  return box;
}

function pretty(value) {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function methodBadge(method) {
  return element('span', { class: `method ${method}` }, method);
}

function table(headings, rows) {
  return element('table', {},
    element('thead', {}, element('tr', {}, ...headings.map((text) => element('th', {}, text)))),
    element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells))));
}
