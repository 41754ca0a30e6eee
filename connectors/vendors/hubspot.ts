import type { Connector } from '../declaration/schema';

const properties =
  'email,firstname,lastname,jobtitle,phone,company,lastmodifieddate,hs_merged_object_ids';

/**
 * HubSpot contacts. Changes come from the search, which returns at most 10,000 rows: it is read in
 * windows of time, and by id where one window is a single time.
 */
export const hubspot: Connector = {
  id: 'hubspot',
  name: 'HubSpot contacts',
  version: 1,
  system: 'crm',
  config: {},
  secrets: { token: { about: 'Access token of a private app with crm.objects.contacts.read' } },
  baseUrl: 'https://api.hubapi.com',
  auth: { type: 'bearer', token: '{secret.token}' },
  limits: {
    // The search, which lists all contacts when everything changed, allows 5 calls a second.
    budget: [{ calls: 4, perMs: 1_000 }],
  },
  reads: {
    full: [
      {
        name: 'contacts',
        request: {
          method: 'GET',
          path: '/crm/v3/objects/contacts',
          query: { properties, archived: 'false' },
        },
        records: { path: '/results' },
        page: {
          type: 'cursor',
          from: '/paging/next/after',
          send: { in: 'query', name: 'after' },
          size: { in: 'query', name: 'limit', value: 100 },
        },
        complete: { by: 'endSignal', minRatioOfLast: 0.9 },
      },
      {
        name: 'archived',
        request: {
          method: 'GET',
          path: '/crm/v3/objects/contacts',
          query: { properties, archived: 'true' },
        },
        records: { path: '/results' },
        page: {
          type: 'cursor',
          from: '/paging/next/after',
          send: { in: 'query', name: 'after' },
          size: { in: 'query', name: 'limit', value: 100 },
        },
        complete: { by: 'endSignal' },
      },
    ],
    changes: {
      name: 'modified',
      request: {
        method: 'POST',
        path: '/crm/v3/objects/contacts/search',
        json: {
          filterGroups: [
            { filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: '{since}' }] },
          ],
          sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
          properties: properties.split(','),
        },
      },
      records: { path: '/results' },
      page: {
        type: 'cursor',
        from: '/paging/next/after',
        send: { in: 'body', name: 'after' },
        size: { in: 'body', name: 'limit', value: 200 },
      },
      complete: { by: 'endSignal' },
      since: {
        type: 'time',
        format: 'epochMs',
        // The search lags behind the writes.
        overlapMs: 900_000,
        field: '/properties/lastmodifieddate',
        split: {
          whenOver: 9_800,
          id: '/id',
          tie: {
            method: 'POST',
            path: '/crm/v3/objects/contacts/search',
            json: {
              filterGroups: [
                {
                  filters: [
                    { propertyName: 'lastmodifieddate', operator: 'EQ', value: '{since}' },
                    { propertyName: 'hs_object_id', operator: 'GT', value: '{lastId}' },
                  ],
                },
              ],
              sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
              properties: properties.split(','),
            },
          },
        },
      },
    },
    one: {
      request: { method: 'GET', path: '/crm/v3/objects/contacts/{id}', query: { properties } },
    },
  },
  map: {
    key: '/id',
    fields: {
      email: { from: '/properties/email' },
      firstName: { from: '/properties/firstname' },
      lastName: { from: '/properties/lastname' },
      jobTitle: { from: '/properties/jobtitle', whenEmpty: 'clear' },
      phone: { from: '/properties/phone', whenEmpty: 'clear' },
    },
    status: {
      from: '/archived',
      active: ['false'],
      inactive: ['true'],
      whenMissing: 'active',
      unknown: 'hold',
    },
    aliases: '/properties/hs_merged_object_ids',
  },
  deletion: {
    soft: { path: '/archived', equals: true },
    absence: { needs: 'completeFull', times: 2 },
  },
};
