"""Pure rules of an import: mappings, transforms, what makes a row usable, and how old dates are moved."""
