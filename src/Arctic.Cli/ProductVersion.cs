using System.Reflection;

namespace Arctic.Cli;

/// <summary>What <c>--version</c> prints: version and commit.</summary>
internal static class ProductVersion
{
    /// <summary><c>0.1.0 (commit 0a1b2c3d4e5f)</c>; without the commit when the build did not know it.</summary>
    public static string Text
    {
        get
        {
            var informational = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
            var plus = informational.IndexOf('+', StringComparison.Ordinal);
            return plus < 0 ? informational : $"{informational[..plus]} (commit {informational[(plus + 1)..][..Math.Min(12, informational.Length - plus - 1)]})";
        }
    }
}
