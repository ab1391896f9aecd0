/** What an answer of CUE or Rego means to the policy that asked. */
export type TextVerdict =
  /** `warning`: the policy is content and has something to say (Rego). */
  | { readonly result: 'pass'; readonly warning?: string }
  /** `message`: policy-controller's or cosign's words, without the frame that names the policy. */
  | { readonly result: 'fail'; readonly message: string; readonly warning?: string };
