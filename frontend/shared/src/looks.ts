/**
 * States on maps: word, icon and token colour always together (design.md §7). The same table as shanhe_tags.py.
 * The words are functions, since the catalogue is there only once the page has loaded.
 */
export interface Look {
  readonly word: () => string;
  readonly icon: string;
  /** Name of a token of tokens.css. */
  readonly token: string;
  /** Lines that are not walked or not known are dashed, so that colour never stands alone. */
  readonly dash?: readonly number[];
}

export const AREA_STATES: Readonly<Record<string, Look>> = {
  met: { word: () => pgettext("area", "Visited in time"), icon: "valid", token: "--sh-green-mark" },
  due: { word: () => pgettext("area", "Visit due"), icon: "due", token: "--sh-blue-mark" },
  at_risk: { word: () => pgettext("area", "Visit due soon"), icon: "at-risk", token: "--sh-amber-mark" },
  overdue: { word: () => pgettext("area", "Not visited in time"), icon: "overdue", token: "--sh-red-mark" },
  excused: { word: () => pgettext("area", "No visit required"), icon: "excused", token: "--sh-grey-mark" },
  vacant: { word: () => pgettext("area", "Without a keeper"), icon: "vacant", token: "--sh-violet-mark" },
  // Of a file that is looked at before it is taken in.
  create: { word: () => pgettext("row", "New"), icon: "add", token: "--sh-green-mark" },
  update: { word: () => pgettext("row", "Changed"), icon: "edit", token: "--sh-blue-mark" },
  unchanged: { word: () => pgettext("row", "As it is"), icon: "excused", token: "--sh-grey-mark" },
  faulty: { word: () => pgettext("row", "Faulty"), icon: "overdue", token: "--sh-red-mark" },
};

export const VERDICTS: Readonly<Record<string, Look>> = {
  valid: { word: () => pgettext("verdict", "Valid"), icon: "valid", token: "--sh-green-mark" },
  partial: { word: () => pgettext("verdict", "Partial"), icon: "partial", token: "--sh-amber-mark" },
  doubtful: { word: () => pgettext("verdict", "Doubtful"), icon: "doubtful", token: "--sh-violet-mark" },
  invalid: { word: () => pgettext("verdict", "Invalid"), icon: "invalid", token: "--sh-red-mark" },
};

/** Parts of a patrol's map. */
export const PARTS: Readonly<Record<string, Look>> = {
  walked: { word: () => gettext("Walked"), icon: "valid", token: "--sh-green-mark" },
  skipped: { word: () => gettext("Not walked"), icon: "invalid", token: "--sh-red-mark" },
  stop: { word: () => gettext("Stop"), icon: "place", token: "--sh-green-mark" },
  asleep: { word: () => gettext("Phone asleep"), icon: "asleep", token: "--sh-grey-mark", dash: [1, 1.2] },
};
