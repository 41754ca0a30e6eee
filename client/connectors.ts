/** What needs neither a store nor an actor: the types of systems, and a connection file on saved pages. */
export { sourceTypes } from '../operations/sources/polledSource';
export { tryConnector } from '../operations/sources/tryConnector';
