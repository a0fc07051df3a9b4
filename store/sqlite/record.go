package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/palmonas/palmonas-crm/order"
)

// record is an order in the form in which it is stored. Making one needs no
// database, so it is done before the writer is taken.
type record struct {
	order  order.Order
	doc    []byte
	head   []byte
	tokens string
}

func newRecord(o order.Order) *record {
	return &record{order: o, doc: encodeOrder(o), head: encodeRow(o.Row()), tokens: tokens(o)}
}

// refKey is a Ref as a unique key.
func refKey(r order.Ref) []byte { return []byte(r.Channel + "\x00" + r.PlatformOrderID) }

// first is the value a text column holds: lists compare with it.
func first(o order.Order, f order.Field) string {
	if v := order.TextValues(o, f); len(v) > 0 {
		return v[0]
	}
	return ""
}

// columns are the values of the orders table after seq, id and ref.
func (r *record) columns() []any {
	o := r.order
	total, priced := order.NumberValue(o, order.FieldTotal)
	units, _ := order.NumberValue(o, order.FieldUnits)
	updated, _ := order.NumberValue(o, order.FieldUpdated)
	var shipBy any
	if v, ok := order.NumberValue(o, order.FieldShipBy); ok {
		shipBy = v
	}
	return []any{
		o.Desk.Archived, first(o, order.FieldPlatform), first(o, order.FieldChannel), first(o, order.FieldStatus),
		first(o, order.FieldPayment), first(o, order.FieldAssignee), first(o, order.FieldCustomer),
		total, priced, units, updated, shipBy, r.head,
	}
}

// writes are the statements that change orders; they are prepared once.
type writes struct {
	insert, insertDoc, insertSearch, insertChange *sql.Stmt
	update, move, updateDoc, deleteSearch         *sql.Stmt
	byID, byRef, rev                              *sql.Stmt
}

const (
	orderColumns = "archived, platform, channel, status, payment, assignee, customer, total, priced, units, updated, ship_by, head"
	orderSet     = `UPDATE orders SET archived=?, platform=?, channel=?, status=?, payment=?, assignee=?, customer=?,
		total=?, priced=?, units=?, updated=?, ship_by=?, head=?`
	selectStored = "SELECT o.id, o.seq, d.rev, d.doc FROM orders o CROSS JOIN docs d ON d.id = o.id WHERE "
)

func (w *writes) prepare(ctx context.Context, pool *sql.DB) error {
	for text, into := range map[string]**sql.Stmt{
		"INSERT INTO orders (seq, id, ref, " + orderColumns + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING": &w.insert,
		"INSERT INTO docs (id, rev, doc) VALUES (?, 1, ?)":                                                                        &w.insertDoc,
		"INSERT INTO order_search (rowid, words) VALUES (?, ?)":                                                                   &w.insertSearch,
		"INSERT INTO changes (order_id, channel, created, at) VALUES (?, ?, ?, ?)":                                                &w.insertChange,
		orderSet + " WHERE seq=?":                       &w.update,
		"UPDATE OR IGNORE orders SET seq=? WHERE seq=?": &w.move,
		"UPDATE docs SET rev=rev+1, doc=? WHERE id=?":   &w.updateDoc,
		"DELETE FROM order_search WHERE rowid=?":        &w.deleteSearch,
		selectStored + "o.id=?":                         &w.byID,
		"SELECT rev FROM docs WHERE id=?":               &w.rev,
		selectStored + "o.ref=?":                        &w.byRef,
	} {
		st, err := pool.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		*into = st
	}
	return nil
}

// stored is an order as it was read: where it is and how often it was written.
type stored struct {
	order order.Order
	seq   int64
	rev   int64
}

func scanStored(scan func(...any) error) (*stored, error) {
	var id order.ID
	var doc []byte
	s := &stored{}
	if err := scan(&id, &s.seq, &s.rev, &doc); err != nil {
		return nil, err
	}
	var err error
	s.order, err = decodeOrder(id, doc)
	return s, err
}

// errRefTaken says that the order was stored in the meantime.
var errRefTaken = errors.New("the order exists by now")

// maxTries bounds the search for a free id or place; 2 million orders fit into
// one millisecond.
const maxTries = 1000

// create stores a new order and gives it its id. An order with its ref is
// errRefTaken, and nothing was written.
func (w *writes) create(tx *sql.Tx, r *record) error {
	insert, ref, columns := tx.Stmt(w.insert), refKey(r.order.Ref), r.columns()
	for range maxTries {
		id := order.NewID(r.order.Facts.OrderedAt, rand.Uint32())
		res, err := insert.Exec(append([]any{int64(id), int64(id), ref}, columns...)...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			if _, err := scanStored(tx.Stmt(w.byRef).QueryRow(ref).Scan); !errors.Is(err, sql.ErrNoRows) {
				return errors.Join(errRefTaken, err)
			}
			continue // another order has this id
		}
		r.order.ID = id
		if _, err := tx.Stmt(w.insertDoc).Exec(id, r.doc); err != nil {
			return err
		}
		if _, err := tx.Stmt(w.insertSearch).Exec(id, r.tokens); err != nil {
			return err
		}
		return w.changed(tx, r.order, true)
	}
	return fmt.Errorf("no free id at %s", r.order.Facts.OrderedAt)
}

// replace stores a changed order over what was read as old.
func (w *writes) replace(tx *sql.Tx, old *stored, r *record) error {
	seq, err := w.place(tx, old, r.order)
	if err != nil {
		return err
	}
	if _, err := tx.Stmt(w.update).Exec(append(r.columns(), seq)...); err != nil {
		return err
	}
	if err := w.touch(tx, r.order.ID, r.doc); err != nil {
		return err
	}
	if seq != old.seq || tokens(old.order) != r.tokens {
		if _, err := tx.Stmt(w.deleteSearch).Exec(old.seq); err != nil {
			return err
		}
		if _, err := tx.Stmt(w.insertSearch).Exec(seq, r.tokens); err != nil {
			return err
		}
	}
	return w.changed(tx, r.order, false)
}

// touch stores only the document: nothing that lists or searches see changed.
func (w *writes) touch(tx *sql.Tx, id order.ID, doc []byte) error {
	_, err := tx.Stmt(w.updateDoc).Exec(doc, id)
	return err
}

// place moves an order whose time was corrected and returns its place. Should
// another order of the same millisecond have the same low bits, the next free
// place is taken.
func (w *writes) place(tx *sql.Tx, old *stored, o order.Order) (int64, error) {
	seq := order.SortKey(o.Facts.OrderedAt, o.ID)
	if o.Facts.OrderedAt.Equal(old.order.Facts.OrderedAt) || seq == old.seq {
		return old.seq, nil
	}
	for i := range int64(maxTries) {
		res, err := tx.Stmt(w.move).Exec(seq+i, old.seq)
		if err != nil {
			return 0, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return seq + i, err
		}
	}
	return 0, fmt.Errorf("no free place for order %s", o.ID)
}

func (w *writes) changed(tx *sql.Tx, o order.Order, created bool) error {
	_, err := tx.Stmt(w.insertChange).Exec(o.ID, o.Ref.Channel, created, o.UpdatedAt.UnixMilli())
	return err
}
