// How dates, counts, sizes, credits and limits are written.

const MONTHS = "January February March April May June July August September October November December".split(" ");

/** Writes `2025-09-19` as `19 September 2025`; what is known only to the month or year stays so. */
export function day(value) {
  const found = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(value ?? "");
  if (!found) return value || "undated";
  const [, year, month, date] = found;
  return [date && String(Number(date)), month && (MONTHS[Number(month) - 1] ?? month), year].filter(Boolean).join(" ");
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

export function outlet(article) {
  const name = article.publisher || article.agency || "Unknown publisher";
  return article.agency && article.agency !== name ? `${name} (${article.agency})` : name;
}

/** Returns `Coast Courier (Reuters) · 10 April 2025`. */
export function credit(article) {
  return `${outlet(article)} · ${day(article.published || article.updated)}`;
}

/** Says the limits in words. */
export function described({ from, to, as_of, publishers = [] }) {
  return [
    publishers.length ? `Only ${publishers.join(", ")}` : "",
    from ? `from ${day(from)}` : "",
    to ? `to ${day(to)}` : "",
    as_of ? `as of ${day(as_of)}` : "",
  ].filter(Boolean).join(" · ");
}

/** Writes bytes as `640 kB` or `25 MB`. */
export function size(bytes) {
  if (bytes < 1_000) return count(bytes, "byte");
  const [amount, unit] = bytes < 1_000_000 ? [bytes / 1_000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${amount.toLocaleString("en", { maximumFractionDigits: amount < 10 ? 1 : 0 })} ${unit}`;
}
