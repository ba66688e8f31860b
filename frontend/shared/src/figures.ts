/** Numbers as pages say them; the same rules as faces/http/templatetags/shanhe_tags.py. */
const MU_M2 = 10_000 / 15;

const decimals = (value: number): number => (Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2);

const said = (value: number): string =>
  value.toLocaleString("en", { minimumFractionDigits: decimals(value), maximumFractionDigits: decimals(value) });

/** 850 → "850 m", 12345 → "12.3 km". */
export function metres(value: number): string {
  if (Math.abs(value) < 999.5) return interpolate(gettext("%(n)s m"), { n: Math.round(value) }, true);
  return interpolate(gettext("%(n)s km"), { n: said(value / 1000) }, true);
}

/** Square metres in 亩. */
export function mu(value: number): string {
  return interpolate(gettext("%(n)s mu"), { n: said(value / MU_M2) }, true);
}

/** Square metres in hm²; below 1 hm² in m², from 10 km² on in km². */
export function metricArea(value: number): string {
  if (value < 9_999.5) return interpolate(gettext("%(n)s m²"), { n: Math.round(value).toLocaleString("en", { useGrouping: false }) }, true);
  if (value >= 10_000_000) return interpolate(gettext("%(n)s km²"), { n: said(value / 1_000_000) }, true);
  return interpolate(gettext("%(n)s hm²"), { n: said(value / 10_000) }, true);
}

/** Seconds as h:mm for axes: 3900 → "1:05". */
export function clockSpan(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
