// Whether the service answers questions yet.

import { json } from "./http.js";

const AGAIN_MS = 2_000;

/** Waits until it does, and says so at a place meanwhile; returns what it then says of its archive. */
export async function ready(place) {
  for (;;) {
    try {
      return await json("readyz");
    } catch (error) {
      place.textContent = error.message;
      // Whoever has no key is not asked for it again and again.
      if (error.status === 401) throw error;
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
    }
  }
}
