// Builds elements. Strings always become text nodes, so nothing that an article says is ever read as HTML.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key.replace(/^on/, ""), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return made;
}

/** Returns a shape of a drawing. */
export function shape(name, properties = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Returns the address if it leads to the web, else null: an article may give `javascript:` or nonsense as its address. */
export function webAddress(url) {
  if (!url) return null;
  try {
    const address = new URL(url);
    return ["http:", "https:"].includes(address.protocol) ? address : null;
  } catch {
    return null;
  }
}

/** Returns a link to another site, or null where the address is none. */
export function outwardLink(url, ...words) {
  const address = webAddress(url);
  if (!address) return null;
  return element("a", { class: "outward", href: address.href, target: "_blank", rel: "noopener noreferrer" }, ...words);
}

/** Returns a link that opens an article in the panel, at a span counted in code points where one is given. */
export function articleLink({ id, start, end }, properties, ...words) {
  const query = new URLSearchParams({ article: id });
  if (Number.isInteger(start) && Number.isInteger(end)) {
    query.set("start", start);
    query.set("end", end);
  }
  return element("a", { href: `./?${query}`, "data-article": id, ...properties }, ...words);
}

export function emptied(node) {
  node.replaceChildren();
  return node;
}
