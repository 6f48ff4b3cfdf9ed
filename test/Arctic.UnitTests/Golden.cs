namespace Arctic.UnitTests;

/// <summary>Finds the recorded answers of the original systems, which live beside the repository.</summary>
internal static class Golden
{
    /// <summary>The full path of a recorded file or folder; null when this machine has none, and the test is to be skipped.</summary>
    public static string? Find(string relative)
    {
        var roots = Environment.GetEnvironmentVariable("ARCTIC_GOLDEN") is { Length: > 0 } given ? [given] : DefaultRoots();
        return roots.Select(r => Path.GetFullPath(Path.Combine(r, relative))).FirstOrDefault(p => File.Exists(p) || Directory.Exists(p));
    }

    // Beside the repository; for a git worktree, beside the folder of worktrees.
    private static IEnumerable<string> DefaultRoots()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder is null ? [] : [Path.Combine(folder, "../shared/golden"), Path.Combine(folder, "../../shared/golden")];
    }
}
