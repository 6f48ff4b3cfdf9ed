namespace Arctic.InteropTests;

/// <summary>Finds the tables that other implementations wrote: beside the repository, or where <c>ARCTIC_GOLDEN</c> says.</summary>
internal static class Golden
{
    /// <summary>The path of a golden file or folder; null when the golden data are not there, and then tests skip.</summary>
    public static string? Find(string relative)
    {
        string?[] roots =
        [
            Environment.GetEnvironmentVariable("ARCTIC_GOLDEN"),
            Path.Combine(Repository.Root, "..", "shared", "golden"),
            Path.Combine(Repository.Root, "..", "..", "shared", "golden"),
        ];
        return roots
            .Where(root => !string.IsNullOrEmpty(root))
            .Select(root => Path.GetFullPath(Path.Combine(root!, relative)))
            .FirstOrDefault(Path.Exists);
    }
}
