// The access key: kept for this tab only, and asked for in a dialog when the service wants one.

const STORED = "dateline-key";
const dialog = document.getElementById("key-dialog");
const field = document.getElementById("key");
const wrong = document.getElementById("key-wrong");
let asking = null;

export function chosenKey() {
  return sessionStorage.getItem(STORED);
}

/** Asks for a key once for all requests that wait for one; resolves to whether one was entered. */
export function keyFromReader(reason) {
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

document.getElementById("key-form").addEventListener("submit", (event) => {
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
document.getElementById("key-cancel").addEventListener("click", () => dialog.close());
