"""What every benchmark uses: sections, results, load, servers, oracles."""
