package mongo

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
)

// script is a server that gives answers written beforehand, one for each
// command but the handshakes, for what a real server says only when something
// goes wrong at the right moment. It speaks just enough of the wire protocol:
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/.
type script struct {
	mu       sync.Mutex
	answers  []bson.D
	commands []string
}

// Operation codes of the wire protocol.
const (
	opReply = 1
	opQuery = 2004 // the first handshake of a connection only
	opMsg   = 2013
)

// scripted returns an engine on a server with these answers, what it was asked
// and what it logged.
func scripted(t *testing.T, answers ...bson.D) (e *engine, s *script, log *bytes.Buffer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &script{answers: answers}
	go s.serve(l)
	client, err := mongo.Connect(t.Context(), clientOptions("mongodb://"+l.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	log = &bytes.Buffer{}
	e = newEngine(client, "palmonas", Config{Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil))})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.answers) > 0 {
			t.Errorf("%d answers were not asked for; asked were %v", len(s.answers), s.commands)
		}
	})
	return e, s, log
}

func (s *script) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close() //nolint:errcheck // a test's end
			for s.exchange(conn) == nil {
			}
		}()
	}
}

// exchange reads one message and answers it.
func (s *script) exchange(conn io.ReadWriter) error {
	var head [16]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	body := make([]byte, binary.LittleEndian.Uint32(head[:])-uint32(len(head)))
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	reply := make([]byte, 0, 1024)
	if binary.LittleEndian.Uint32(head[12:]) == opQuery {
		reply = append(reply, make([]byte, 16)...) // flags, cursor, offset
		reply = binary.LittleEndian.AppendUint32(reply, 1)
		reply = append(reply, encoded(handshake())...)
		return send(conn, head[4:8], opReply, reply)
	}
	command, err := bson.Raw(body[5:]).IndexErr(0) // after the flags and the kind of the first section
	if err != nil {
		return err
	}
	reply = append(reply, 0, 0, 0, 0, 0)
	return send(conn, head[4:8], opMsg, append(reply, encoded(s.answer(command.Key()))...))
}

// send writes a message that responds to another.
func send(w io.Writer, to []byte, opcode uint32, body []byte) error {
	m := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	m = append(m, 0, 0, 0, 0)
	m = append(m, to...)
	m = binary.LittleEndian.AppendUint32(m, opcode)
	_, err := w.Write(append(m, body...))
	return err
}

func encoded(d bson.D) []byte {
	raw, err := bson.Marshal(d)
	if err != nil {
		panic(err) // written in this file's tests
	}
	return raw
}

func (s *script) answer(command string) bson.D {
	switch command {
	case "hello", "isMaster", "ismaster":
		return handshake()
	case "ping", "endSessions", "killCursors":
		return answer()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, command)
	if len(s.answers) == 0 {
		return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 1}, {Key: "errmsg", Value: "the script has no answer to " + command}}
	}
	next := s.answers[0]
	s.answers = s.answers[1:]
	return next
}

// handshake is what a standalone MongoDB 7 says.
func handshake() bson.D {
	return answer(bson.E{Key: "isWritablePrimary", Value: true}, bson.E{Key: "ismaster", Value: true}, bson.E{Key: "helloOk", Value: true},
		bson.E{Key: "maxBsonObjectSize", Value: 16 << 20}, bson.E{Key: "maxMessageSizeBytes", Value: 48_000_000},
		bson.E{Key: "maxWriteBatchSize", Value: 100_000}, bson.E{Key: "localTime", Value: time.Now()},
		bson.E{Key: "minWireVersion", Value: 0}, bson.E{Key: "maxWireVersion", Value: 21})
}

func answer(parts ...bson.E) bson.D {
	return append(bson.D{{Key: "ok", Value: 1}}, parts...)
}

// found answers a find with these documents.
func found(docs ...any) bson.D {
	return answer(bson.E{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "palmonas.orders"}, {Key: "firstBatch", Value: append(bson.A{}, docs...)}}})
}

// wrote answers a write that found n documents.
func wrote(n int) bson.D {
	return answer(bson.E{Key: "n", Value: n}, bson.E{Key: "nModified", Value: n})
}

// refused answers a write of which one statement failed.
func refused(index, code int, message string) bson.D {
	fault := bson.D{{Key: "index", Value: index}, {Key: "code", Value: code}, {Key: "errmsg", Value: message}}
	return answer(bson.E{Key: "n", Value: 0}, bson.E{Key: "writeErrors", Value: bson.A{fault}})
}

func taken(index int) bson.D { return refused(index, 11000, "E11000 duplicate key error") }

// counted answers the counter of the change log.
func counted(n int64) bson.D {
	return answer(bson.E{Key: "value", Value: bson.D{{Key: "_id", Value: "changes"}, {Key: "value", Value: n}}})
}

func broken() bson.D {
	return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: 14031}, {Key: "codeName", Value: "OutOfDiskSpace"}, {Key: "errmsg", Value: "no space left"}}
}
