using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>Compares what a commit asks for with what is there.</summary>
internal static class CommitRequirements
{
    /// <summary>Checks the base and every requirement.</summary>
    /// <exception cref="CommitConflictException">One does not hold.</exception>
    public static void Check(TableCommit commit, TableMetadata? current, string? currentLocation)
    {
        if (commit.BaseMetadataLocation is { } expected && expected != currentLocation)
        {
            throw new CommitConflictException($"Cannot commit to '{commit.Identifier}': its metadata is now '{currentLocation ?? "gone"}', and the commit was made from '{expected}'.");
        }

        foreach (var requirement in commit.Requirements)
        {
            if (requirement.FindViolation(current) is { } violation)
            {
                throw new CommitConflictException($"Cannot commit to '{commit.Identifier}': {violation}.");
            }
        }
    }
}
