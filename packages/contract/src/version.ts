/** Of this release: what controllers answer, `midonet --version` prints and the package is called. */
export const VERSION = '0.1.0';
