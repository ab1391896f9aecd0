/** Plugins that verify and that sign (notaryproject/specifications, plugin-extensibility.md): programs that run only when their digest is pinned. */
export { CONTRACT, type PluginCommand } from './answer.ts';
export { createPluginHost, type PinnedPluginHost, type PluginHostOptions } from './host.ts';
export { isPluginName, type PluginPin, parsePin, parsePins } from './pins.ts';
