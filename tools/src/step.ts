/** What one step of the check came to. `detail` is printed only when it failed. */
export type StepResult = {
  readonly passed: number;
  readonly failed: number;
  readonly summary: string;
  readonly detail: string;
};

export type Step = { readonly name: string; readonly run: (root: string) => Promise<StepResult> };
