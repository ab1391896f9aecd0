declare const __ASSAY_VERSION__: string | undefined;

/** The version of this Assay; `0.0.0-source` when it runs from its sources. */
export const VERSION: string = typeof __ASSAY_VERSION__ === 'string' ? __ASSAY_VERSION__ : '0.0.0-source';
