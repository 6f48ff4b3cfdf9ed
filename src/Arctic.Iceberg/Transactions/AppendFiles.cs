using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Adds data files. Needs no validation: an append contradicts nothing.</summary>
public sealed class AppendFiles : SnapshotStep
{
    internal AppendFiles(Transaction transaction, ManifestMerging merging)
        : base(transaction, merging)
    {
    }

    private protected override string Operation => "append";

    /// <summary>Adds a data file.</summary>
    public AppendFiles Add(DataFile file)
    {
        AddFile(CheckedFile.Data(file), null);
        return this;
    }

    /// <summary>Adds data files.</summary>
    public AppendFiles Add(IEnumerable<DataFile> files)
    {
        foreach (var file in files)
        {
            Add(file);
        }

        return this;
    }

    /// <summary>Sets a property of the snapshot's summary.</summary>
    public AppendFiles Set(string key, string value)
    {
        SetProperty(key, value);
        return this;
    }

    /// <summary>Commits to another branch than <c>main</c>.</summary>
    public AppendFiles ToBranch(string branch)
    {
        SetBranch(branch);
        return this;
    }
}

/// <summary>Refuses files of the wrong content.</summary>
internal static class CheckedFile
{
    public static DataFile Data(DataFile file) =>
        file.Content == FileContent.Data ? file : throw new ArgumentException($"'{file.FilePath}' is a delete file and not a data file.", nameof(file));

    public static DataFile Deletes(DataFile file) =>
        file.Content != FileContent.Data ? file : throw new ArgumentException($"'{file.FilePath}' is a data file and not a delete file.", nameof(file));
}
