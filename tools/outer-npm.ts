/** The environment for an npm of another Node than that of the npm which runs this script. */

/** What an npm says of itself and of the script it runs; its settings (registry, cache, proxies) are not among these. */
const ofItself =
  /^npm_(?:config_(?:user_agent|npm_version|node_gyp|prefix|local_prefix|global_prefix|init_module)|lifecycle_.*|package_.*|node_execpath|execpath|command)$|^(?:NODE|INIT_CWD)$/i;

/**
 * Without what the npm around this script says of itself: an install script believes `npm_config_user_agent`, and refuses the
 * Node that it finds named there though it runs on another.
 */
export function withoutOuterNpm(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !ofItself.test(name)));
}
