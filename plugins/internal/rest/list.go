package rest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/search"
)

// ListInput is the query of a list route: take it as the input, or embed it.
// sort and filter are in PocketBase's language.
type ListInput struct {
	Page    int    `query:"page" minimum:"1" maximum:"1000000" default:"1" doc:"Page number"`
	PerPage int    `query:"perPage" minimum:"1" maximum:"200" default:"30" doc:"Items per page"`
	Sort    string `query:"sort" maxLength:"255" doc:"Fields, comma separated, - for descending" example:"-created"`
	Filter  string `query:"filter" maxLength:"1000" doc:"Filter expression of PocketBase" example:"status = 'unpaid'"`
}

// Page is one page of a list, in PocketBase's shape.
type Page[T any] struct {
	Page       int `json:"page"`
	PerPage    int `json:"perPage"`
	TotalItems int `json:"totalItems"`
	TotalPages int `json:"totalPages"`
	Items      []T `json:"items"`
}

// List answers a list route with PocketBase's own search: the records of the
// collection whose columns have the values of where (nil for all) and that
// satisfy the client's filter, in the client's order or newest first, each
// converted for the answer. where is what limits a client to their own rows.
func List[T any](e *core.RequestEvent, collectionName string, in *ListInput, where dbx.HashExp, convert func(*core.Record) T) (*Page[T], error) {
	collection, err := e.App.FindCachedCollectionByNameOrId(collectionName)
	if err != nil {
		return nil, fmt.Errorf("rest: list %s: %w", collectionName, err)
	}
	info, err := e.RequestInfo()
	if err != nil {
		return nil, fmt.Errorf("rest: list %s: %w", collectionName, err)
	}
	// Hidden fields answer nobody but superusers, not even by a filter on them.
	resolver := core.NewRecordFieldResolver(e.App, collection, info, info.HasSuperuserAuth())

	query := e.App.RecordQuery(collection)
	if len(where) > 0 {
		query.AndWhere(qualified(collection.Name, where))
	}
	if in.Filter != "" {
		expr, err := filterExpr(in.Filter, resolver)
		if err != nil {
			return nil, err
		}
		query.AndWhere(expr)
	}
	order, err := sortFields(in.Sort, collection, resolver)
	if err != nil {
		return nil, err
	}
	records := []*core.Record{}
	result, err := search.NewProvider(resolver).
		Query(query).
		CountCol("_rowid_").
		SkipTotal(in.Filter == "").
		MaxSortExprLimit(len(order)).
		Sort(order).
		Page(in.Page).
		PerPage(in.PerPage).
		Exec(&records)
	if err == nil && in.Filter == "" {
		err = countAll(e.App, collection, where, result)
	}
	if err != nil {
		return nil, fmt.Errorf("rest: list %s: %w", collectionName, err)
	}
	page := &Page[T]{
		Page: result.Page, PerPage: result.PerPage,
		TotalItems: result.TotalItems, TotalPages: result.TotalPages,
		Items: make([]T, len(records)),
	}
	for i, record := range records {
		page.Items[i] = convert(record)
	}
	return page, nil
}

func filterExpr(filter string, resolver search.FieldResolver) (dbx.Expression, error) {
	if err := refuseRuleFields(filter, resolver); err != nil {
		return nil, queryError("filter", err)
	}
	expr, err := search.FilterData(filter).BuildExpr(resolver)
	if err != nil {
		return nil, queryError("filter", err)
	}
	return expr, nil
}

// sortFields reads the order asked for, or newest first, and ends it with the
// id, without which rows of equal rank could move between pages.
func sortFields(sort string, collection *core.Collection, resolver search.FieldResolver) ([]search.SortField, error) {
	if sort == "" {
		fields := []search.SortField{{Name: "id", Direction: search.SortDesc}}
		if collection.Fields.GetByName("created") != nil {
			fields = slices.Insert(fields, 0, search.SortField{Name: "created", Direction: search.SortDesc})
		}
		return fields, nil
	}
	fields := search.ParseSortFromString(sort)
	if len(fields) > search.DefaultSortExprLimit {
		return nil, queryError("sort", search.ErrSortExprLimit)
	}
	for _, field := range fields {
		// @random has no pages and @rowid is not a property of the data.
		if strings.HasPrefix(field.Name, "@") {
			return nil, queryError("sort", errors.New("special sort field "+field.Name))
		}
		if _, err := field.BuildExpr(resolver); err != nil {
			return nil, queryError("sort", err)
		}
	}
	if !slices.ContainsFunc(fields, func(f search.SortField) bool { return f.Name == "id" }) {
		fields = append(fields, search.SortField{Name: "id", Direction: search.SortAsc})
	}
	return fields, nil
}

// refuseRuleFields keeps what reaches beyond the list to superusers, as
// PocketBase's own lists do.
func refuseRuleFields(filter string, resolver search.FieldResolver) error {
	if r, ok := resolver.(*core.RecordFieldResolver); ok && r.AllowHiddenFields() {
		return nil
	}
	for _, field := range []string{"@collection.", "@request."} {
		if strings.Contains(filter, field) {
			return errors.New("only superusers can filter by " + field)
		}
	}
	return nil
}

// queryError blames one query parameter; the cause is for the log.
func queryError(field string, cause error) error {
	return fmt.Errorf("%w: %w", validation.Errors{
		field: validation.NewError(codeInvalid, fieldTexts[codeInvalid].en),
	}, cause)
}

// qualified names the columns of where by their table, so that they stay
// unambiguous whatever relations a filter joins.
func qualified(table string, where dbx.HashExp) dbx.HashExp {
	q := dbx.HashExp{}
	for column, value := range where {
		q[table+"."+column] = value
	}
	return q
}

// countAll fills in the totals of a list without a filter. Such a list joins
// nothing that repeats a row, so the plain count is right, and it is an index
// scan where the search's count of distinct rows sorts them all first.
func countAll(app core.App, collection *core.Collection, where dbx.HashExp, result *search.Result) error {
	exprs := []dbx.Expression{}
	if len(where) > 0 {
		exprs = append(exprs, where)
	}
	total, err := app.CountRecords(collection, exprs...)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	result.TotalItems = int(total)
	result.TotalPages = (result.TotalItems + result.PerPage - 1) / result.PerPage
	return nil
}
