/** What chose the device of an outbound message, the strongest first. */
export type RoutingRule = 'EXPLICIT' | 'STICKY' | 'FAVOURITE' | 'PRIORITY';
