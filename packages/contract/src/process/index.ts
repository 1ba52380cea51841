export { outliveReaders, type Output } from './outlive-readers.ts';
