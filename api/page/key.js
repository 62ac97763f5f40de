// The access key. The page asks for it in a dialog and keeps it for this tab; a widget is given it and keeps it nowhere.

const STORED = "dateline-key";
const dialog = document.getElementById("key-dialog");
const field = document.getElementById("key");
const wrong = document.getElementById("key-wrong");
let asking = null;
// Of a widget: undefined on the page, null where none is needed.
let given;

export function chosenKey() {
  return given === undefined ? sessionStorage.getItem(STORED) : given;
}

/** Uses a key that the page around gave, or none, and asks the reader for no other. */
export function useGivenKey(key) {
  given = key;
}

/** Whether the key is not the reader's own affair. */
export function isGiven() {
  return given !== undefined;
}

/** Asks for a key once for all requests that wait for one; resolves to whether one was entered. */
export function keyFromReader(reason) {
  if (isGiven()) return Promise.resolve(false);
  asking ??= new Promise((resolve) => {
    document.getElementById("key-reason").textContent = reason || "This archive answers only those who have a key.";
    wrong.textContent = "";
    field.value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      asking = null;
      resolve(dialog.returnValue === "used");
    }, { once: true });
    dialog.showModal();
    field.focus();
  });
  return asking;
}

// A widget has no dialog.
document.getElementById("key-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = field.value.trim();
  // A header holds nothing else.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    wrong.textContent = "A key has no spaces and no letters with accents. Copy it again.";
    return;
  }
  sessionStorage.setItem(STORED, key);
  field.value = "";
  dialog.close("used");
});
document.getElementById("key-cancel")?.addEventListener("click", () => dialog.close());
