/** The chains and policies of devices and ports: their words in a file, and their fields in the API. */
export const FILTER_FIELDS = {
  inbound: 'inboundFilterId',
  outbound: 'outboundFilterId',
  forward: 'forwardChainId',
  localRedirect: 'localRedirectChainId',
  qos: 'qosPolicyId',
} as const;

/** The lists of mirrors. */
export const MIRROR_FIELDS = {
  inboundMirrors: 'inboundMirrorIds',
  outboundMirrors: 'outboundMirrorIds',
  postInFilterMirrors: 'postInFilterMirrorIds',
  preOutFilterMirrors: 'preOutFilterMirrorIds',
} as const;
