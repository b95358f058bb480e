"""What every room stands on and no room owns: no business rules live here."""
