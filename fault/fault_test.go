package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestFieldsFindsEveryFieldInATree(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("customer: %w", errors.Join(Field("name", "write a name"),
		fmt.Errorf("address: %w", Field("city", "write a city"))))
	got := Fields(err)
	if len(got) != 2 || got[0].Name != "name" || got[1].Name != "city" {
		t.Errorf("Fields = %v, want name and city in that order", got)
	}
	if !errors.Is(err, Invalid) {
		t.Error("a field error is not an Invalid")
	}
	if errors.Is(err, NotFound) {
		t.Error("a field error is taken for a NotFound")
	}
	if Fields(nil) != nil {
		t.Error("nil has fields")
	}
}
