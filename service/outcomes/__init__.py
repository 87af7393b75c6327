"""What becomes of the lists that Segue gives: ids, impressions, outcomes, comparisons."""
