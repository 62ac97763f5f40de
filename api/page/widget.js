// Puts a button on a page of another site, and behind it a frame of this service in which people ask the archive:
// <script src="https://news.example.org/widget.js" data-key="dl_..." async></script>
//
// Nothing of the service is loaded before somebody chooses the button. Nothing is stored, and there are no cookies.
(() => {
  const STYLE = `
    :host { all: initial; color-scheme: inherit; }
    [hidden] { display: none !important; }
    button, .panel { position: fixed; right: 16px; z-index: 2147483000; box-sizing: border-box; }
    button { bottom: 16px; min-height: 48px; padding: 12px 18px; border: 1px solid #fcfbf7; border-radius: 3px; background: #1f5f5b;
      color: #fcfbf7; font: 600 16px/1.4 "Helvetica Neue", "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; cursor: pointer;
      box-shadow: 0 2px 10px rgb(0 0 0 / 25%); }
    button:hover { background: #1b1a17; }
    button:focus-visible { outline: 3px solid #1f5f5b; outline-offset: 3px; }
    .panel { bottom: 76px; width: 420px; max-width: calc(100vw - 32px); height: 660px; max-height: calc(100vh - 92px); background: #fcfbf7;
      color: #1b1a17; border: 1px solid #1b1a17; border-radius: 3px; overflow: hidden; box-shadow: 0 8px 40px rgb(0 0 0 / 30%); }
    .panel.refused { height: 96px; }
    p { position: absolute; inset: 0; margin: 0; padding: 24px; font: italic 16px/1.5 Georgia, "Liberation Serif", serif; }
    iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }
    @media (prefers-color-scheme: dark) {
      .panel { background: #161613; color: #e8e4d9; border-color: #7d786c; }
      button { background: #7cc0b8; border-color: #161613; color: #161613; }
      button:hover { background: #e8e4d9; }
      button:focus-visible { outline-color: #7cc0b8; }
    }
    @media (max-width: 480px) {
      .panel { left: 8px; right: 8px; width: auto; max-width: none; max-height: none; }
      .panel:not(.refused) { top: 8px; height: auto; }
    }
    @media print { button, .panel { display: none; } }
  `;
  // After the frame has loaded, its script has said so already, or never will.
  const GRACE_MS = 1000;
  const script = document.currentScript;
  if (!script) {
    console.error("Dateline: load widget.js with a plain script tag, neither as a module nor by import.");
    return;
  }
  // Two of them would lie on each other.
  if (document.querySelector("[data-dateline-widget]")) return;

  const address = new URL("widget", script.src);
  address.searchParams.set("host", location.origin);
  const key = script.dataset.key || null;
  const label = script.dataset.label || "Ask the archive";
  let ready = false;

  const make = (name, attributes = {}, words = "") => {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.textContent = words;
    return made;
  };
  const holder = make("div", { "data-dateline-widget": "" });
  const root = holder.attachShadow({ mode: "open" });
  const button = make("button", { type: "button", "aria-expanded": "false", "aria-haspopup": "dialog" }, label);
  const panel = make("div", { class: "panel", role: "dialog", "aria-label": label, hidden: "" });
  const note = make("p", { role: "status" });
  const frame = make("iframe", { title: label, referrerpolicy: "no-referrer" });
  panel.append(note, frame);
  // From the button, Tab leads into the panel.
  root.append(button, panel);
  // Not a style element, which the policy of the page may refuse.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const tell = (what, more) => frame.contentWindow.postMessage({ dateline: what, ...more }, address.origin);

  const open = () => {
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    if (!ready) {
      note.textContent = "Opening the archive…";
      frame.hidden = false;
      panel.classList.remove("refused");
      frame.src = address.href;
    } else tell("open");
    frame.focus();
  };
  const close = () => {
    button.focus();
    panel.hidden = true;
    button.setAttribute("aria-expanded", "false");
  };

  button.addEventListener("click", () => (panel.hidden ? open() : close()));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  frame.addEventListener("load", () => {
    if (!frame.src) return;
    setTimeout(() => {
      if (ready) return;
      // What the browser shows in place of a page that it does not show helps nobody.
      if (root.activeElement === frame) button.focus();
      frame.hidden = true;
      panel.classList.add("refused");
      note.textContent = "The archive cannot be shown on this page at the moment.";
      console.warn(`Dateline: ${address.origin} did not let pages of ${location.origin} show it. It needs a publishable key for this origin, and this page's policy must allow frame-src ${address.origin}.`);
    }, GRACE_MS);
  });
  window.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== address.origin || source !== frame.contentWindow) return;
    if (data?.dateline === "ready") {
      ready = true;
      note.textContent = "";
      tell("begin", { key, label });
      if (!panel.hidden) tell("open");
    } else if (data?.dateline === "close") close();
  });

  const put = () => document.body.append(holder);
  if (document.body) put();
  else document.addEventListener("DOMContentLoaded", put);
})();
