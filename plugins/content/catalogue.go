package content

import (
	"encoding/json"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// tierView is a package as admins see it.
type tierView struct {
	ID             string   `json:"id"`
	Identifier     string   `json:"identifier"`
	Name           string   `json:"name"`
	NameEN         string   `json:"name_en"`
	Type           string   `json:"type" enum:"sekolah,berita,company"`
	Description    string   `json:"description"`
	DescriptionEN  string   `json:"description_en"`
	Features       []string `json:"features"`
	FeaturesEN     []string `json:"features_en"`
	Price          int64    `json:"price" doc:"Rupiah, before PPN"`
	RenewalPrice   int64    `json:"renewal_price" doc:"Rupiah for a year from the second year on; 0: not told"`
	DepositPercent int64    `json:"deposit_percent"`
	IsPopular      bool     `json:"is_popular"`
	SortOrder      int      `json:"sort_order"`
	IsActive       bool     `json:"is_active"`
	Created        string   `json:"created"`
	Updated        string   `json:"updated"`
}

func viewTier(r *core.Record) tierView {
	t := collections.AsPricingTier(r)
	return tierView{
		ID: t.Id, Identifier: t.Identifier(), Name: t.Name(), NameEN: t.GetString("name_en"), Type: t.Type(),
		Description: t.GetString("description"), DescriptionEN: t.GetString("description_en"),
		Features: t.Features(), FeaturesEN: t.FeaturesEN(), Price: t.Price(), RenewalPrice: t.GetInt64("renewal_price"),
		DepositPercent: t.DepositPercent(), IsPopular: t.GetBool("is_popular"), SortOrder: t.GetInt("sort_order"), IsActive: t.GetBool("is_active"),
		Created: t.GetDateTime("created").String(), Updated: t.GetDateTime("updated").String(),
	}
}

// tierBody is what an admin writes of a package. Orders keep the price at which
// they were made.
type tierBody struct {
	Identifier     *string   `json:"identifier,omitempty" maxLength:"50" doc:"Lower-case letters, digits and hyphens; part of addresses"`
	Name           *string   `json:"name,omitempty" minLength:"1" maxLength:"255"`
	NameEN         *string   `json:"name_en,omitempty" maxLength:"255"`
	Type           *string   `json:"type,omitempty" enum:"sekolah,berita,company"`
	Description    *string   `json:"description,omitempty" maxLength:"5000"`
	DescriptionEN  *string   `json:"description_en,omitempty" maxLength:"5000"`
	Features       *[]string `json:"features,omitempty" maxItems:"50"`
	FeaturesEN     *[]string `json:"features_en,omitempty" maxItems:"50"`
	Price          *int64    `json:"price,omitempty" minimum:"1" maximum:"9999999999" doc:"Rupiah, before PPN; orders keep the price at which they were made"`
	RenewalPrice   *int64    `json:"renewal_price,omitempty" minimum:"0" maximum:"9999999999"`
	DepositPercent *int64    `json:"deposit_percent,omitempty" minimum:"1" maximum:"100" doc:"100 if missing"`
	IsPopular      *bool     `json:"is_popular,omitempty" doc:"Takes the mark from the package that has it"`
	SortOrder      *int      `json:"sort_order,omitempty" minimum:"-1000000" maximum:"1000000"`
	IsActive       *bool     `json:"is_active,omitempty" doc:"Only then it can be ordered; a new one can"`
}

func (b tierBody) columns() (map[string]any, error) {
	g := given{}
	put(g, "identifier", b.Identifier)
	put(g, "name", b.Name)
	put(g, "name_en", b.NameEN)
	put(g, "type", b.Type)
	put(g, "description", b.Description)
	put(g, "description_en", b.DescriptionEN)
	put(g, "price", b.Price)
	put(g, "renewal_price", b.RenewalPrice)
	put(g, "deposit_percent", b.DepositPercent)
	put(g, "is_popular", b.IsPopular)
	put(g, "sort_order", b.SortOrder)
	put(g, "is_active", b.IsActive)
	for column, lines := range map[string]*[]string{"features": b.Features, "features_en": b.FeaturesEN} {
		if lines == nil {
			continue
		}
		raw, err := json.Marshal(*lines)
		if err != nil {
			return nil, err
		}
		g[column] = string(raw)
	}
	return g, nil
}

// templateView is a design as admins see it.
type templateView struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Category      string `json:"category" enum:"sekolah,berita,company"`
	Description   string `json:"description"`
	DescriptionEN string `json:"description_en"`
	Image         string `json:"image" doc:"File name; upload through PocketBase's record API"`
	ImageURL      string `json:"image_url" doc:"Path on this host; empty without an image"`
	DemoURL       string `json:"demo_url"`
	SortOrder     int    `json:"sort_order"`
	IsArchived    bool   `json:"is_archived" doc:"Not in the gallery any more"`
	Created       string `json:"created"`
	Updated       string `json:"updated"`
}

func viewTemplate(r *core.Record) templateView {
	return templateView{
		ID: r.Id, Name: r.GetString("name"), Category: r.GetString("category"), Description: r.GetString("description"),
		DescriptionEN: r.GetString("description_en"), Image: r.GetString("image"), ImageURL: fileURL(r, "image"), DemoURL: r.GetString("demo_url"),
		SortOrder: r.GetInt("sort_order"), IsArchived: r.GetBool("is_archived"), Created: r.GetDateTime("created").String(), Updated: r.GetDateTime("updated").String(),
	}
}

// templateBody is what an admin writes of a design.
type templateBody struct {
	Name          *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Category      *string `json:"category,omitempty" enum:"sekolah,berita,company"`
	Description   *string `json:"description,omitempty" maxLength:"2000"`
	DescriptionEN *string `json:"description_en,omitempty" maxLength:"2000"`
	DemoURL       *string `json:"demo_url,omitempty" maxLength:"500"`
	SortOrder     *int    `json:"sort_order,omitempty" minimum:"-1000000" maximum:"1000000"`
	IsArchived    *bool   `json:"is_archived,omitempty"`
}

func (b templateBody) columns() (map[string]any, error) {
	g := given{}
	put(g, "name", b.Name)
	put(g, "category", b.Category)
	put(g, "description", b.Description)
	put(g, "description_en", b.DescriptionEN)
	put(g, "sort_order", b.SortOrder)
	put(g, "is_archived", b.IsArchived)
	put(g, "demo_url", b.DemoURL)
	if b.DemoURL != nil && *b.DemoURL != "" && !collections.WebURL(*b.DemoURL) {
		return nil, collections.Invalid("validation_invalid_url", "demo_url", collections.Text{
			ID: "Alamat demo harus diawali http:// atau https://.", EN: "The address must start with http:// or https://.",
		})
	}
	return g, nil
}
