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
	words  []string // for the dictionary
}

func newRecord(o order.Order) *record {
	r := &record{order: o, doc: encodeOrder(o), head: encodeRow(o.Row())}
	r.tokens, r.words = tokens(o)
	return r
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

// hidden is the column archived: 0 for what lists show unless asked for more,
// else the sum of 1 for an archived order and 2 for a purchase order.
func hidden(o order.Order) int {
	n := 0
	if o.Desk.Archived {
		n = 1
	}
	if o.Kind == order.Purchase {
		n += 2
	}
	return n
}

// columns are the values of the orders table after seq, id and ref.
func (r *record) columns() []any {
	o := r.order
	total, priced := order.NumberValue(o, order.FieldTotal)
	units, _ := order.NumberValue(o, order.FieldUnits)
	updated, _ := order.NumberValue(o, order.FieldUpdated)
	var shipBy, wishTry any
	if v, ok := order.NumberValue(o, order.FieldShipBy); ok {
		shipBy = v
	}
	if v, ok := o.WishTry(); ok {
		wishTry = v
	}
	return []any{
		hidden(o), first(o, order.FieldPlatform), first(o, order.FieldChannel), first(o, order.FieldStatus),
		first(o, order.FieldPayment), first(o, order.FieldAssignee), first(o, order.FieldCustomer),
		total, priced, units, updated, shipBy, wishTry, r.head,
	}
}

// writes are the statements that change orders; they are prepared once.
type writes struct {
	insert, insertDoc, insertSearch, insertChange *sql.Stmt
	update, move, updateDoc, deleteSearch         *sql.Stmt
	byID, byRef, rev, insertWord                  *sql.Stmt
	deleteDoc                                     *sql.Stmt
	dictionary                                    dictionary
	figures                                       *figures
}

const (
	orderColumns = "archived, platform, channel, status, payment, assignee, customer, total, priced, units, updated, ship_by, wish_try, head"
	orderSet     = `UPDATE orders SET archived=?, platform=?, channel=?, status=?, payment=?, assignee=?, customer=?,
		total=?, priced=?, units=?, updated=?, ship_by=?, wish_try=?, head=?`
	selectStored = "SELECT d.id, d.seq, d.rev, d.doc FROM "
)

func (w *writes) prepare(ctx context.Context, pool *sql.DB) error {
	for text, into := range map[string]**sql.Stmt{
		"INSERT INTO orders (seq, id, ref, " + orderColumns + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING": &w.insert,
		"INSERT INTO docs (id, seq, rev, doc) VALUES (?1, ?1, 1, ?2) ON CONFLICT DO NOTHING":                                        &w.insertDoc,
		"INSERT INTO order_search (rowid, words) VALUES (?, ?)":                                                                     &w.insertSearch,
		"INSERT INTO changes (order_id, channel, created, at) VALUES (?, ?, ?, ?)":                                                  &w.insertChange,
		orderSet + " WHERE seq=?":                                                &w.update,
		"UPDATE OR IGNORE orders SET seq=? WHERE seq=?":                          &w.move,
		"DELETE FROM docs WHERE id=?":                                            &w.deleteDoc,
		"UPDATE docs SET seq=?, rev=rev+1, doc=? WHERE id=?":                     &w.updateDoc,
		"DELETE FROM order_search WHERE rowid=?":                                 &w.deleteSearch,
		selectStored + "docs d WHERE d.id=?":                                     &w.byID,
		"INSERT OR IGNORE INTO words (word) VALUES (?)":                          &w.insertWord,
		"SELECT rev FROM docs WHERE id=?":                                        &w.rev,
		selectStored + "orders o CROSS JOIN docs d ON d.id = o.id WHERE o.ref=?": &w.byRef,
	} {
		st, err := pool.PrepareContext(ctx, text) //nolint:sqlclosecheck // the pool closes it
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
func (w *writes) create(ctx context.Context, tx *sql.Tx, r *record) error {
	ref, columns := refKey(r.order.Ref), r.columns()
	for range maxTries {
		id := order.NewID(r.order.Facts.OrderedAt, rand.Uint32()) //nolint:gosec // an id keeps no secret
		if fresh, err := inserted(execIn(ctx, tx, w.insertDoc, id, r.doc)); err != nil {
			return err
		} else if !fresh {
			continue // another order has this id
		}
		fresh, err := inserted(execIn(ctx, tx, w.insert, append([]any{id, id, ref}, columns...)...))
		if err != nil {
			return err
		}
		if !fresh {
			if _, err := execIn(ctx, tx, w.deleteDoc, id); err != nil {
				return err
			}
			if _, err := scanStored(rowIn(ctx, tx, w.byRef, ref).Scan); !errors.Is(err, sql.ErrNoRows) {
				return errors.Join(errRefTaken, err)
			}
			continue // an order that was moved has this place
		}
		r.order.ID = id
		if err := w.search(ctx, tx, int64(id), r); err != nil {
			return err
		}
		if err := w.figures.stored(ctx, tx, nil, r.order); err != nil {
			return err
		}
		return w.changed(ctx, tx, r.order, true)
	}
	return fmt.Errorf("no free id at %s", r.order.Facts.OrderedAt)
}

// inserted reports whether a statement that ignores conflicts wrote its row.
func inserted(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// replace stores a changed order over what was read as old.
func (w *writes) replace(ctx context.Context, tx *sql.Tx, old *stored, r *record) error {
	seq, err := w.place(ctx, tx, old, r.order)
	if err != nil {
		return err
	}
	if _, err := execIn(ctx, tx, w.update, append(r.columns(), seq)...); err != nil {
		return err
	}
	if err := w.touch(ctx, tx, r.order.ID, seq, r.doc); err != nil {
		return err
	}
	if before, _ := tokens(old.order); seq != old.seq || before != r.tokens {
		if _, err := execIn(ctx, tx, w.deleteSearch, old.seq); err != nil {
			return err
		}
		if err := w.search(ctx, tx, seq, r); err != nil {
			return err
		}
	}
	if err := w.figures.stored(ctx, tx, &old.order, r.order); err != nil {
		return err
	}
	return w.changed(ctx, tx, r.order, false)
}

// search writes the search document and the words new to the dictionary.
func (w *writes) search(ctx context.Context, tx *sql.Tx, seq int64, r *record) error {
	if _, err := execIn(ctx, tx, w.insertSearch, seq, r.tokens); err != nil {
		return err
	}
	for _, word := range r.words {
		if w.dictionary.has(word) {
			continue
		}
		if _, err := execIn(ctx, tx, w.insertWord, word); err != nil {
			return err
		}
	}
	return nil
}

// touch stores only the document: nothing that lists or searches see changed.
func (w *writes) touch(ctx context.Context, tx *sql.Tx, id order.ID, seq int64, doc []byte) error {
	_, err := execIn(ctx, tx, w.updateDoc, seq, doc, id)
	return err
}

// place moves an order whose time was corrected and returns its place. Should
// another order of the same millisecond have the same low bits, the next free
// place is taken.
func (w *writes) place(ctx context.Context, tx *sql.Tx, old *stored, o order.Order) (int64, error) {
	seq := order.SortKey(o.Facts.OrderedAt, o.ID)
	if o.Facts.OrderedAt.Equal(old.order.Facts.OrderedAt) || seq == old.seq {
		return old.seq, nil
	}
	for i := range int64(maxTries) {
		if moved, err := inserted(execIn(ctx, tx, w.move, seq+i, old.seq)); err != nil || moved {
			return seq + i, err
		}
	}
	return 0, fmt.Errorf("no free place for order %s", o.ID)
}

func (w *writes) changed(ctx context.Context, tx *sql.Tx, o order.Order, created bool) error {
	_, err := execIn(ctx, tx, w.insertChange, o.ID, o.Ref.Channel, created, o.UpdatedAt.UnixMilli())
	return err
}
