/** Letters at the beginning that count more, and by how much (Winkler 1990). */
const PREFIX = 4;
const PREFIX_WEIGHT = 0.1;

/**
 * The similarity of Jaro and Winkler, 0 to 1. W. E. Winkler, String Comparator Metrics and Enhanced
 * Decision Rules in the Fellegi-Sunter Model of Record Linkage, 1990.
 */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  const jaro = jaroOf(a, b);
  let prefix = 0;
  while (prefix < PREFIX && prefix < a.length && a.charCodeAt(prefix) === b.charCodeAt(prefix)) {
    prefix += 1;
  }
  return jaro + prefix * PREFIX_WEIGHT * (1 - jaro);
}

/** Longest text that is compared letter by letter. */
const MAX_LETTERS = 64;
const takenA = new Uint8Array(MAX_LETTERS);
const takenB = new Uint8Array(MAX_LETTERS);

function jaroOf(first: string, second: string): number {
  const a = first.length > MAX_LETTERS ? first.slice(0, MAX_LETTERS) : first;
  const b = second.length > MAX_LETTERS ? second.slice(0, MAX_LETTERS) : second;
  if (a.length === 0 || b.length === 0) return 0;
  const matches = markMatches(a, b);
  if (matches === 0) return 0;
  let moved = 0;
  let at = 0;
  for (let i = 0; i < a.length; i++) {
    if (takenA[i] === 0) continue;
    while (takenB[at] === 0) at += 1;
    if (a.charCodeAt(i) !== b.charCodeAt(at)) moved += 1;
    at += 1;
  }
  return (matches / a.length + matches / b.length + (matches - moved / 2) / matches) / 3;
}

/** Marks the letters that both have near the same place; returns their number. */
function markMatches(a: string, b: string): number {
  takenA.fill(0, 0, a.length);
  takenB.fill(0, 0, b.length);
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  let matches = 0;
  for (let i = 0; i < a.length; i++) {
    const end = Math.min(b.length, i + reach + 1);
    for (let j = Math.max(0, i - reach); j < end; j++) {
      if (takenB[j] === 1 || a.charCodeAt(i) !== b.charCodeAt(j)) continue;
      takenA[i] = 1;
      takenB[j] = 1;
      matches += 1;
      break;
    }
  }
  return matches;
}
