// Package invoice makes tax invoices under the Indian Goods and Services Tax
// out of orders: what is taxable, how the tax divides, and the words for the
// amount. Everything is a pure function of the order and the seller's details;
// it must not know storage, HTTP or HTML.
package invoice
