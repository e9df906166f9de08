package storetest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"dreambot/internal/secret"
	"dreambot/store"
)

// fill sets every field of a job, or a draft, to something that is not its zero value, each
// to another, so that a field that a backend forgets is found. Times are in the
// location; nil: UTC.
func fill(t *testing.T, j any, in *time.Location) {
	t.Helper()
	n := 0
	var set func(path string, v reflect.Value)
	set = func(path string, v reflect.Value) {
		n++
		switch p := v.Addr().Interface().(type) {
		case *time.Time:
			*p = at(n).Add(time.Duration(n))
			if in != nil {
				*p = p.In(in)
			}
			return
		case *secret.Text:
			*p = secret.New(path)
			return
		case **bool:
			*p = new(bool) // false, which is not the same as none
			return
		case *[]string:
			*p = []string{path + " 1", path + " 2"}
			return
		case *[]store.Credit:
			*p = []store.Credit{{Job: path + " 1", Member: path + " 2"}, {Job: path + " 3", Member: path + " 4"}}
			return
		case *store.Allowance:
			return // is not stored
		}
		switch v.Kind() {
		case reflect.String:
			v.SetString(path)
		case reflect.Int, reflect.Int64:
			v.SetInt(int64(n) + 1<<40)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Struct:
			for i := range v.NumField() {
				set(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		default:
			t.Fatalf("storetest cannot fill %s of type %s: teach it to", path, v.Type())
		}
	}
	v := reflect.ValueOf(j).Elem()
	set(strings.ToLower(v.Type().Name()), v)
}
