"""What a report looks like in each format; nothing here selects, sorts by importance or reads history."""
