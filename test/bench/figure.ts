import { table } from "../../src/commands/table.ts";

/** What the project has promised of a figure; one without a target is printed only. */
export type Target = { readonly exactly: number } | { readonly atMost: number };

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target | undefined;
  /** What the number stands on, or leaves out. */
  readonly note?: string | undefined;
}

export type Verdict = "holds" | "MISSED" | "";

export function verdictOf({ value, target }: Figure): Verdict {
  if (target === undefined) return "";
  return ("exactly" in target ? value === target.exactly : value <= target.atMost) ? "holds" : "MISSED";
}

export function figureTable(figures: readonly Figure[]): string {
  return table(
    ["figure", "measured", "target", "", "note"],
    figures.map((figure) => [
      figure.name,
      `${written(figure.value)} ${figure.unit}`.trimEnd(),
      targetText(figure.target),
      verdictOf(figure),
      figure.note ?? "",
    ]),
  );
}

function targetText(target: Target | undefined): string {
  if (target === undefined) return "";
  return "exactly" in target ? `= ${written(target.exactly)}` : `≤ ${written(target.atMost)}`;
}

/** Whole numbers with a comma for each thousand, others with three digits that count. */
function written(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** The sorted sample below which `share` of all samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
