/** Longer than any month, also where the clocks change. */
const SEARCH_MS = 32 * 24 * 60 * 60 * 1_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit' });
  formats.set(timeZone, made);
  return made;
}

/** The calendar month by the wall clock of a time zone, such as 2026-11. */
export function quotaPeriod(at: Date, timezone: string): string {
  const parts = formatOf(timezone).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}`;
}

/** When the next month begins there. Looks at moments, so that no change of the clocks needs a rule of its own. */
export function nextQuotaPeriod(at: Date, timezone: string): Date {
  const current = quotaPeriod(at, timezone);
  let before = at.getTime();
  let behind = before + SEARCH_MS;
  while (behind - before > 1) {
    const middle = Math.floor((before + behind) / 2);
    if (quotaPeriod(new Date(middle), timezone) === current) before = middle;
    else behind = middle;
  }
  return new Date(behind);
}
