/**
 * Parts of MidoNet's API whose links are in the documents but which are not built yet. They answer
 * 501 and say so, on every method and below every path that starts like this.
 */
export const NOT_BUILT: readonly { readonly path: string; readonly feature: string }[] = [
  { path: '/bgp_networks', feature: 'BGP' },
  { path: '/bgp_peers', feature: 'BGP' },
  { path: '/service_containers', feature: 'service containers' },
  { path: '/service_container_groups', feature: 'service containers' },
  { path: '/vteps', feature: 'hardware VTEPs' },
  { path: '/neutron/bgp_peers', feature: 'BGP' },
  { path: '/neutron/bgp_speakers', feature: 'BGP' },
  { path: '/neutron/ipsec_site_connections', feature: 'VPN' },
  { path: '/neutron/remote_mac_entries', feature: 'router peering, with hardware VTEPs' },
  { path: '/neutron/vpnservices', feature: 'VPN' },
  { path: '/routers/{id}/bgp_networks', feature: 'BGP' },
  { path: '/routers/{id}/bgp_peers', feature: 'BGP' },
  { path: '/routers/{id}/ports/{portId}/peering_table', feature: 'router peering, with hardware VTEPs' },
  { path: '/bridges/{id}/vxlan_ports', feature: 'hardware VTEPs' },
  { path: '/bridges/{id}/ports/{portId}/vtep_bindings', feature: 'hardware VTEPs' },
];
