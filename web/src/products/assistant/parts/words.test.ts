import { expect, it } from 'vitest';
import { sayAction } from './words';

it('says a service and what is done there, and the service alone while nobody has chosen that', () => {
  expect(sayAction('companycam.list_projects', 'CompanyCam')).toBe('CompanyCam: list projects');
  expect(sayAction('companycam.', 'CompanyCam')).toBe('CompanyCam');
});
