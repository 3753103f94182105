/** Its own folder is its root, whatever lies above. */
export default { turbopack: { root: import.meta.dirname } };
