package payments

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/plugins/internal/rest"
)

const (
	// maxProof is the largest picture of a transfer, in bytes; maxProofBody
	// leaves room for the other fields of the form.
	maxProof     = 5 << 20
	maxProofBody = maxProof + 64<<10
	// maxOpenProofs of one invoice keep a client from filling the disk.
	maxOpenProofs = 5
)

// proofTypes are the accepted contents and the names that they are stored under.
var proofTypes = map[string]string{
	"image/jpeg": "bukti.jpg", "image/png": "bukti.png", "image/webp": "bukti.webp", "application/pdf": "bukti.pdf",
}

// transferProof is what a client sent to show a transfer.
type transferProof struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
	Amount  int64  `json:"amount"`
	Note    string `json:"note"`
	State   string `json:"state"`
	File    string `json:"file"`
	Created string `json:"created"`
}

// proofForm documents the form that sendProof reads.
type proofForm struct {
	File   rest.Binary `json:"file" doc:"JPEG, PNG, WebP or PDF of at most 5 MB"`
	Amount string      `json:"amount,omitempty" doc:"Rupiah that were sent, as people write them: 1250000, 1.250.000 or Rp1.250.000,00"`
	Note   string      `json:"note,omitempty"`
}

// sendProof stores the client's proof of a bank transfer for an admin to check.
// It is a multipart form: file, and if the client likes amount and note.
func (p *plugin) sendProof(e *core.RequestEvent) error {
	invoice, err := collections.FindOwnInvoice(e.App, e.Request.PathValue("id"), e.Auth.Id)
	if err != nil {
		return err
	}
	if err := checkPayable(invoice); err != nil {
		return err
	}
	file, err := readProof(e)
	if err != nil {
		return err
	}
	amount, note, err := proofWords(e)
	if err != nil {
		return err
	}
	var record *core.Record
	err = e.App.RunInTransaction(func(txApp core.App) error {
		if err := holdInvoice(txApp, invoice.Id); err != nil {
			return err
		}
		if err := checkRoom(txApp, invoice.Id); err != nil {
			return err
		}
		c, err := txApp.FindCachedCollectionByNameOrId(collections.TransferProofs)
		if err != nil {
			return fmt.Errorf("payments: find proofs: %w", err)
		}
		record = core.NewRecord(c)
		record.Load(map[string]any{
			"invoice": invoice.Id, "user": e.Auth.Id, "amount": amount, "note": note, collections.ColumnState: collections.ProofOpen, collections.ColumnDemo: invoice.GetBool(collections.ColumnDemo),
		})
		record.Set("file", file)
		collections.SetActor(record, collections.RequestActor(e))
		if err := txApp.Save(record); err != nil {
			return fmt.Errorf("payments: save proof for invoice %s: %w", invoice.Number(), err)
		}
		return announceProof(txApp, invoice, record, amount)
	})
	if err != nil {
		return err
	}
	return e.JSON(http.StatusCreated, transferProof{
		ID: record.Id, Invoice: invoice.Id, Amount: amount, Note: note, State: collections.ProofOpen,
		File: record.GetString("file"), Created: record.GetDateTime("created").String(),
	})
}

// readProof takes the file by what it contains; its name says nothing.
func readProof(e *core.RequestEvent) (*filesystem.File, error) {
	var tooBig *http.MaxBytesError
	err := e.Request.ParseMultipartForm(maxProofBody)
	if errors.As(err, &tooBig) {
		return nil, err
	}
	if err != nil || e.Request.MultipartForm == nil || len(e.Request.MultipartForm.File["file"]) != 1 {
		return nil, collections.Invalid("validation_required", "file", collections.Text{
			ID: "Kirim satu berkas bukti transfer pada kolom “file”.", EN: "Send one proof of transfer in the field “file”.",
		})
	}
	content, err := readPart(e.Request.MultipartForm.File["file"][0])
	if err != nil {
		return nil, err
	}
	if len(content) > maxProof {
		return nil, collections.Invalid("file_too_large", "file", collections.Text{
			ID: "Berkas bukti transfer paling besar 5 MB.", EN: "The proof of transfer may have 5 MB at most.",
		})
	}
	name, ok := proofTypes[http.DetectContentType(content)]
	if !ok {
		return nil, collections.Invalid("validation_invalid_mime_type", "file", collections.Text{
			ID: "Bukti transfer harus berupa gambar JPEG, PNG, WebP atau PDF.", EN: "The proof must be a JPEG, PNG, WebP or PDF.",
		})
	}
	file, err := filesystem.NewFileFromBytes(content, name)
	if err != nil {
		return nil, fmt.Errorf("payments: read proof: %w", err)
	}
	return file, nil
}

func readPart(header *multipart.FileHeader) ([]byte, error) {
	part, err := header.Open()
	if err != nil {
		return nil, fmt.Errorf("payments: read proof: %w", err)
	}
	defer part.Close()
	content, err := io.ReadAll(io.LimitReader(part, maxProof+1))
	if err != nil {
		return nil, fmt.Errorf("payments: read proof: %w", err)
	}
	return content, nil
}

func proofWords(e *core.RequestEvent) (amount int64, note string, err error) {
	if text := e.Request.FormValue("amount"); text != "" {
		if amount, err = idr.Parse(text); err != nil {
			return 0, "", collections.InvalidAmount("amount", err)
		}
		if amount < 1 || amount > 9_999_999_999 {
			return 0, "", collections.Invalid("validation_invalid_value", "amount", collections.Text{
				ID: "Jumlah harus berupa rupiah bulat.", EN: "The amount must be whole rupiah.",
			})
		}
	}
	note = strings.TrimSpace(e.Request.FormValue("note"))
	if utf8.RuneCountInString(note) > 1000 || !utf8.ValidString(note) {
		return 0, "", collections.Invalid("validation_length_too_long", "note", collections.Text{
			ID: "Catatan paling panjang 1000 karakter.", EN: "The note may have 1000 characters at most.",
		})
	}
	return amount, note, nil
}

func checkRoom(txApp core.App, invoiceID string) error {
	n, err := txApp.CountRecords(collections.TransferProofs, dbx.HashExp{"invoice": invoiceID, collections.ColumnState: collections.ProofOpen})
	if err != nil {
		return fmt.Errorf("payments: count proofs of invoice %s: %w", invoiceID, err)
	}
	if n >= maxOpenProofs {
		return collections.Refuse("proofs_waiting", "file", collections.Text{
			ID: "Bukti transfer untuk tagihan ini sedang kami periksa. Mohon tunggu.",
			EN: "We are checking the proofs of transfer for this invoice. Please wait.",
		})
	}
	return nil
}

func announceProof(txApp core.App, invoice *collections.Invoice, proof *core.Record, amount int64) error {
	said := collections.Text{ID: "tanpa jumlah", EN: "no amount given"}
	if amount > 0 {
		said = collections.Text{ID: idr.Format(amount), EN: idr.FormatIn(amount, "en")}
	}
	return collections.NotifyAdmins(txApp, collections.Notice{
		Type:     collections.NoticePayment,
		Title:    collections.Text{ID: "Bukti transfer untuk " + invoice.Number(), EN: "Proof of transfer for " + invoice.Number()},
		Message:  collections.Text{ID: "Klien mengirim bukti transfer (" + said.ID + "). Cocokkan dengan rekening, lalu catat.", EN: "The client sent a proof of transfer (" + said.EN + "). Compare it with the account, then record it."},
		Payload:  map[string]any{"invoice": invoice.Id, "proof": proof.Id},
		Priority: collections.PriorityHigh,
	})
}

// acceptProof marks the client's proof of the recorded transfer.
func acceptProof(txApp core.App, e *core.RequestEvent, id, invoiceID string) error {
	if id == "" {
		return nil
	}
	found := []*core.Record{}
	err := txApp.RecordQuery(collections.TransferProofs).AndWhere(dbx.HashExp{"id": id, "invoice": invoiceID, collections.ColumnState: collections.ProofOpen}).All(&found)
	if err != nil {
		return fmt.Errorf("payments: find proof %s: %w", id, err)
	}
	if len(found) == 0 {
		return collections.Invalid("unknown_proof", "proof", collections.Text{
			ID: "Bukti transfer ini tidak ada pada tagihan ini atau sudah diperiksa.",
			EN: "This invoice has no such proof of transfer, or it was checked already.",
		})
	}
	found[0].Set(collections.ColumnState, collections.ProofAccepted)
	collections.SetActor(found[0], collections.RequestActor(e))
	if err := txApp.Save(found[0]); err != nil {
		return fmt.Errorf("payments: accept proof %s: %w", id, err)
	}
	return nil
}
